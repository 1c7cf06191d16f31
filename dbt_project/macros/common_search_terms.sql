{#-
    Search terms that at least `common_visitors` searched for, over all days, without bots: what fewer typed may name one
    of them. Each visitor sets one of 64 bits, by a hash, so there are at least as many visitors as bits; one by one they are
    counted only where two of a few may have set the same. One column, search_term.
-#}
{% macro common_search_terms() -%}
    {%- set searches = ref('fct_searches') -%}
    with terms as materialized (
        select
            search_term,
            count(*) as searches_count,
            bit_count(bit_or(1::bigint << (hashtext(visitor_id) & 63))::bit(64)) as visitors_at_least
        from {{ searches }}
        where not is_bot
        group by search_term
    )

    select search_term from terms
    where visitors_at_least >= {{ var('common_visitors') }}
    union all
    select search_term from {{ searches }}
    where
        not is_bot
        and search_term in (
            select terms.search_term from terms
            where
                terms.visitors_at_least < {{ var('common_visitors') }}
                and terms.searches_count >= {{ var('common_visitors') }}
        )
    group by search_term
    having count(distinct visitor_id) >= {{ var('common_visitors') }}
{%- endmacro %}
