{#-
    The host of a URL in small letters, without port, `www.` and the dot that may end it; of `android-app://…` the
    app's id. Null for what is no URL.
-#}
{% macro host_of(url) -%}
    {%- set simple -%} lower(split_part({{ url }}, '/', 3)) {%- endset -%}
    {%- set any -%} lower(substring({{ url }} from '^\s*[a-zA-Z][a-zA-Z0-9+.-]*://([^/:?#\s]+)')) {%- endset -%}
    nullif(
        case
            -- what browsers send, and half the price of what follows: millions of addresses are read
            when {{ url }} like 'https://%' and split_part({{ url }}, '/', 3) !~ '[^a-zA-Z0-9.-]'
                then
                    case
                        when {{ simple }} like 'www%' or {{ simple }} like '%.' then {{ without_www(simple) }}
                        else {{ simple }}
                    end
            else {{ without_www(any) }}
        end, ''
    )
{%- endmacro %}

{#- A host without the www before it and the dots behind it. -#}
{% macro without_www(host) -%}
    regexp_replace({{ host }}, '^www[0-9]?[.]|[.]+$', '', 'g')
{%- endmacro %}

{#-
    A select: the category of each source (host, app or name) in a column of a relation, one row a source. The longest
    part that int_referrers__listed knows counts: `l.facebook.com` is facebook.com. Of a search engine only what its
    name says: docs.google.com finds nothing. Each source is looked up once, however many rows have it.
-#}
{% macro categories_of(relation, column) -%}
    select distinct on (parts.source)
        parts.source,
        listed.category
    from (
        select
            sources.source,
            ends.first_label,
            array_to_string(sources.labels[ends.first_label:], '.') as ending,
            array_to_string(sources.labels[:ends.first_label - 1], '.') as beginning
        from (
            select distinct
                {{ column }} as source,
                string_to_array({{ column }}, '.') as labels
            from {{ relation }}
            where {{ column }} is not null
        ) as sources
        cross join lateral generate_subscripts(sources.labels, 1) as ends (first_label)
        where ends.first_label <= 20
    ) as parts
    inner join {{ ref('int_referrers__listed') }} as listed on parts.ending = listed.referrer
    where
        parts.beginning = ''
        or listed.category <> 'search'
        or parts.beginning ~ '^(m|mobile|lite|html|[a-z][a-z]|(.*[.-])?(web)?search([.-].*)?)$'
    order by parts.source, parts.first_label
{%- endmacro %}

{#-
    A condition: the event's page was opened from a payment or sign-in page. `event` and `referrer` are relations, the
    second with the category of the first one's referrer_host.
-#}
{% macro is_return(event, referrer) -%}
    (not {{ event }}.is_tagged and coalesce({{ is_way_back(referrer ~ '.category') }}, false))
{%- endmacro %}

{#- How long visitors may do nothing within a visit; longer when they come back (a condition) from paying elsewhere. -#}
{% macro visit_pause(is_return) -%}
    case when {{ is_return }} then interval '{{ var("payment_hours") }} hours' else interval '30 minutes' end
{%- endmacro %}

{#- The click ids in an event's context, a JSON list; null without any. -#}
{% macro click_ids_of(context) -%}
    nullif({{ context }} -> 'clickIds', '[]'::jsonb)
{%- endmacro %}

{#-
    A condition: the referrer is the shop itself, by its own page's host or by the hosts that the settings and
    shop_referrers.csv name (category `own`).
-#}
{% macro is_own_host(referrer_host, page_host, category) -%}
    (
        coalesce({{ category }} = 'own', false)
        or coalesce({{ referrer_host }} = {{ page_host }}, false)
        or coalesce(right({{ referrer_host }}, length({{ page_host }}) + 1) = '.' || {{ page_host }}, false)
        or coalesce(right({{ page_host }}, length({{ referrer_host }}) + 1) = '.' || {{ referrer_host }}, false)
    )
{%- endmacro %}

{#- The shop's own hosts, of the settings: COMPTOIR_OWN_HOSTS, words separated by commas. -#}
{% macro own_hosts() -%}
    {%- set hosts = [] -%}
    {%- for host in env_var('COMPTOIR_OWN_HOSTS', '').split(',') if host -%}
        {%- do hosts.append(host) -%}
    {%- endfor -%}
    {{ return(hosts) }}
{%- endmacro %}
