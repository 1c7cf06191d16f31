{{ config(materialized='incremental', pre_hook="{{ forget_days_of_changed_searches() }}") }}
{% set fct_searches = ref('fct_searches') %}

with searches as (
    select * from {{ fct_searches }}
    where
        not is_bot
        {% if is_increment() %}
            and search_date = any(array({{ missing_days(fct_searches, 'search_date') }}))
        {% endif %}
),

common as (
    {{ common_search_terms() }}
),

final as (
    select
        -- keys
        searches.search_date,
        coalesce(common.search_term, '(few visitors)') as search_term,

        -- counts
        count(*)::integer as searches_count,
        count(distinct searches.session_id)::integer as sessions_count,
        count(distinct searches.visitor_id)::integer as visitors_count,
        (count(*) filter (where not searches.has_results))::integer as searches_without_results_count,
        (count(*) filter (where searches.has_click))::integer as clicked_searches_count,
        (count(*) filter (where searches.first_click_rank <= 10))::integer as searches_clicked_in_first_ten_count,
        (count(*) filter (where searches.is_refined))::integer as refined_searches_count,
        round(avg(searches.first_click_rank), 1) as mean_first_click_rank,
        (count(*) filter (where searches.has_product_view))::integer as viewing_searches_count,
        (count(*) filter (where searches.has_cart))::integer as carting_searches_count,
        (count(*) filter (where searches.has_order))::integer as ordering_searches_count,
        round(avg(searches.results_count), 1) as mean_results,

        -- times
        max(searches.landed_at) as landed_at
    from searches
    left join common on searches.search_term = common.search_term
    group by searches.search_date, coalesce(common.search_term, '(few visitors)')
)

{{ as_contracted('final') }}
