{#-
    A select: where each visit came from, as GA4 names it - session_id, source, medium, channel. `landings` is a CTE of
    one row per visit with its first event's session_id, page_host, referrer_host, campaign_source, campaign_medium,
    campaign_name and click_ids (JSON list).

    Google's click ids outweigh the tags of a link, as in GA4; then the tags; then the other click ids; then the
    referrer, unless it is the shop itself, a payment page or a sign-in page.
-#}
{% macro traffic_sources(landings) -%}
    with referrers as (
        {{ categories_of(landings, 'referrer_host') }}
    ),

    visits as (
        select
            landings.session_id,
            landings.referrer_host,
            referrers.category as referrer_category,
            {{ tag('landings.campaign_source') }} as campaign_source,
            {{ tag('landings.campaign_medium') }} as campaign_medium,
            {{ tag('landings.campaign_name') }} as campaign,
            clicked.source as click_source,
            clicked.medium as click_medium,
            clicked.is_first as is_click_first,
            {{ tag('landings.campaign_source') }} is not null or {{ tag('landings.campaign_medium') }} is not null
                as is_tagged,
            landings.referrer_host is not null
            and not {{ is_own_host('landings.referrer_host', 'landings.page_host', 'referrers.category') }}
            and not coalesce({{ is_way_back('referrers.category') }}, false) as is_referred
        from {{ landings }} as landings
        left join referrers on landings.referrer_host = referrers.source
        left join lateral (
            select
                click_ids.source,
                click_ids.medium,
                click_ids.is_first
            from {{ ref('click_ids') }} as click_ids
            where landings.click_ids is not null and landings.click_ids @> to_jsonb(click_ids.click_id)
            -- of a paid click rather than of one that any link has
            order by click_ids.is_first desc, click_ids.medium = 'referral' asc, click_ids.click_id asc
            limit 1
        ) as clicked on true
    ),

    sourced as (
        select
            session_id,
            campaign,
            case
                when is_click_first then click_source
                when is_tagged then coalesce(campaign_source, '(not set)')
                when click_source is not null then click_source
                when is_referred then referrer_host
            end as source,
            case
                when is_click_first then click_medium
                when is_tagged then campaign_medium
                when click_source is not null then click_medium
                when is_referred
                    then
                        case referrer_category
                            when 'search' then 'organic'
                            when 'email' then 'email'
                            when 'paid' then 'display'
                            when 'ai_assistant' then 'ai-assistant'
                            else 'referral'
                        end
            end as medium
        from visits
    ),

    categories as (
        {{ categories_of('sourced', 'source') }}
    )

    select
        sourced.session_id,
        sourced.source,
        sourced.medium,
        {{ channel('sourced.source', 'categories.category', 'sourced.medium', 'sourced.campaign') }} as channel
    from sourced
    left join categories on sourced.source = categories.source
{%- endmacro %}

{#- A tag of a link as it is compared: small letters, no spaces around, null where nothing is said. -#}
{% macro tag(value) -%}
    nullif(lower(btrim({{ value }})), '')
{%- endmacro %}

{#- A condition: visitors come back from such a page to what they were doing, as from paying or signing in. -#}
{% macro is_way_back(category) -%}
    {{ category }} in ('payment', 'sign_in')
{%- endmacro %}
