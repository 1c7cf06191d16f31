with searches as (
    select * from {{ ref('fct_searches') }}
    where not is_bot
),

final as (
    select
        -- keys
        search_term,

        -- counts
        count(*)::integer as searches_count,
        count(distinct visitor_id)::integer as visitors_count,
        (count(*) filter (where not has_results))::integer as searches_without_results_count,
        (count(*) filter (where has_click))::integer as clicked_searches_count,
        (count(*) filter (where has_order))::integer as ordering_searches_count,

        -- times
        max(search_date) as last_search_date
    from searches
    group by search_term
    having count(distinct visitor_id) >= {{ var('common_search_visitors') }}
)

select * from final
