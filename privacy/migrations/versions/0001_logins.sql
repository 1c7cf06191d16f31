-- The logins, without a password: nobody can use one before comptoir/database.py has set it. They belong to the server
-- and may be there from another database of it.
do $$
declare
    login text;
begin
    foreach login in array array[
        'loader', 'lander', 'stream', 'transformer', 'gatekeeper', 'publisher', 'storefront', 'reporter', 'analyst',
        'privacy', 'privacy_intake', 'operator', 'watcher', 'dagster'
    ] loop
        begin
            execute format('create role %I', login);
        exception
            when duplicate_object or unique_violation then null;
        end;
        execute format('alter role %I login', login);
    end loop;
    begin
        -- owns the functions that answer for a visitor; nobody logs in as it
        create role recommender nologin;
    exception
        when duplicate_object or unique_violation then null;
    end;
    -- the owner gives them what it makes, and grants in their place; a superuser may do that anyway
    if not (select rolsuper from pg_roles where rolname = current_user) then
        foreach login in array array['loader', 'lander', 'transformer', 'recommender', 'dagster'] loop
            execute format('grant %I to current_user', login);
        end loop;
    end if;
end
$$;

-- readers do not write, even where they were granted it by mistake
alter role storefront set default_transaction_read_only = on;
alter role reporter set default_transaction_read_only = on;
alter role analyst set default_transaction_read_only = on;

-- what hangs is ended: who waits for an answer waits for seconds, who works through tables for as long as that may take
alter role storefront set statement_timeout = '5s';
alter role privacy_intake set statement_timeout = '5s';
alter role watcher set statement_timeout = '60s';
alter role operator set statement_timeout = '60s';
alter role reporter set statement_timeout = '60s';
alter role analyst set statement_timeout = '5min';
alter role publisher set statement_timeout = '10min';
alter role stream set statement_timeout = '1h';       -- a recomputation from raw
alter role privacy set statement_timeout = '1h';
alter role gatekeeper set statement_timeout = '1h';
alter role lander set statement_timeout = '1h';
alter role loader set statement_timeout = '4h';
alter role transformer set statement_timeout = '4h';  -- as a run of Dagster may take

-- until now the owner's tables in marts and ops were the reporter's to read, also those made later
alter default privileges in schema marts revoke select on tables from reporter;
revoke all on all tables in schema marts from reporter;
