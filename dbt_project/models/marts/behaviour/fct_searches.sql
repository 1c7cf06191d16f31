{{
    config(
        materialized='incremental', unique_key='search_id',
        post_hook="{{ forget_the_rest_of_days('search_date') }}"
    )
}}

{% set exploded = ref('int_product_events__exploded') %}
{% set sessionized = ref('int_events__sessionized') %}

with told_again as (
    select event_id from {{ exploded }}
    where interaction_type = 'purchase' and is_repeat
),

-- not materialized: it would be written aside with all its columns, which takes longer than reading it twice
events as not materialized (
    select * from {{ sessionized }}
    {% if is_increment() %}
        where
            {{ landed_since_last_build('run_landed_at') }}
            -- an order that another visit turned out to have told first
            or session_id = any(array(
                select purchases.session_id from {{ exploded }} as purchases
                where purchases.interaction_type = 'purchase' and {{ landed_since_last_build('purchases.landed_at') }}
                {% if is_backfill() %}
                    union
                    {{ backfilled_events(sessionized, 'session_id') }}
                {% endif %}
            ))
    {% endif %}
),

searching_visits as (
    select distinct session_id from events
    where event_name = 'Products Searched'
),

-- what follows a search in its visit, up to the next search, is attributed to it
numbered as (
    select
        event_id,
        session_id,
        visitor_id,
        customer_pseudonym,
        product_id,
        event_name,
        search_query,
        results_count,
        list_position,
        recommendation_slot,
        device_type,
        is_bot,
        occurred_at,
        event_date,
        run_landed_at,
        count(*) filter (where event_name = 'Products Searched')
            over (partition by session_id order by occurred_at, event_id) as search_number
    from events
    where session_id in (select searching_visits.session_id from searching_visits)
),

termed as (
    select
        *,
        left(lower(trim(regexp_replace(coalesce(search_query, ''), '\s+', ' ', 'g'))), 100) as search_term
    from numbered
    where event_name = 'Products Searched'
),

searches as (
    select
        *,
        lead(search_term) over (partition by session_id order by search_number) as next_search_term
    from termed
),

-- a click on a recommendation is not a result of the search
found as (
    select
        session_id,
        search_number,
        bool_or(event_name = 'Product Clicked') as has_click,
        (
            array_agg(list_position order by occurred_at, event_id) filter (where event_name = 'Product Clicked')
        )[1] as first_click_rank,
        (
            array_agg(product_id order by occurred_at, event_id)
            filter (where event_name = 'Product Clicked' and product_id is not null)
        )[1] as first_clicked_product_id,
        bool_or(event_name = 'Product Viewed') as has_product_view,
        bool_or(event_name = 'Product Added') as has_cart,
        bool_or(event_name = 'Order Completed' and event_id not in (select told_again.event_id from told_again))
            as has_order
    from numbered
    where search_number > 0 and recommendation_slot is null
    group by session_id, search_number
),

final as (
    select
        -- ids
        searches.event_id as search_id,
        searches.session_id,
        searches.visitor_id,
        searches.customer_pseudonym,

        -- what it is
        searches.search_query,
        searches.search_term,
        searches.results_count::integer as results_count,
        searches.results_count > 0 as has_results,
        searches.device_type,
        searches.is_bot,

        -- what came of it
        found.has_click,
        found.first_click_rank::integer as first_click_rank,
        found.first_clicked_product_id,
        coalesce(searches.next_search_term <> searches.search_term and not found.has_click, false) as is_refined,
        found.has_product_view,
        found.has_cart,
        found.has_order,

        -- times
        searches.occurred_at as searched_at,
        searches.event_date as search_date,
        searches.run_landed_at as landed_at
    from searches
    inner join found on searches.session_id = found.session_id and searches.search_number = found.search_number
)

select * from final
