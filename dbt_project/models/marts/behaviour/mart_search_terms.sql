-- not materialized: it has many columns, of which few are read, twice
with searches as not materialized (
    select * from {{ ref('fct_searches') }}
    where not is_bot
),

typed as (
    select distinct
        search_term,
        visitor_id
    from searches
),

-- what fewer people typed may name one of them
common as (
    select search_term
    from typed
    group by search_term
    having count(*) >= {{ var('common_visitors') }}
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
        round(avg(searches.results_count), 1) as mean_results
    from searches
    left join common on searches.search_term = common.search_term
    group by searches.search_date, coalesce(common.search_term, '(few visitors)')
)

select * from final
