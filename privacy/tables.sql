-- Who asked to be forgotten, how far that is, and the keyed digests by which every path knows them. Written by
-- privacy/erasure.py; landing, shop sync and stream read pii.suppressed. At the end the names of customers in clicks,
-- written by privacy/customer_mapping.py.
create schema if not exists pii;

-- grain: one row per erasure; `subject` holds the identifiers only until it is done
create table if not exists pii.erasures (
    erasure_id uuid primary key,
    request_id text not null,                 -- pii.privacy_requests; of more at once all, with commas
    erased_before timestamptz not null,       -- by our clocks: what was collected until then is forgotten on every path
    subject jsonb,
    started_at timestamptz not null default now(),
    finished_at timestamptz
);

-- grain: one row per step that an erasure has finished; a killed one goes on after them
create table if not exists pii.erasure_steps (
    erasure_id uuid not null references pii.erasures (erasure_id),
    step text not null,
    counts jsonb not null,                    -- rows by table
    done_at timestamptz not null default now(),
    primary key (erasure_id, step)
);

-- grain: one row per identifier that must not come back; nobody can be named by it without the key
create table if not exists pii.suppressed (
    digest bytea primary key,
    erased_before timestamptz not null
);

-- grain: one row per name that a customer has or had in clicks, one a key. Also of who is no customer of the shop yet.
create table if not exists pii.click_pseudonyms (
    click_pseudonym text primary key,
    customer_pseudonym text not null,
    key_version int not null,
    seen_at timestamptz                       -- the last click with this name that was landed
);
create index if not exists click_pseudonyms_customer on pii.click_pseudonyms (customer_pseudonym, key_version);
create index if not exists click_pseudonyms_seen on pii.click_pseudonyms (seen_at);
