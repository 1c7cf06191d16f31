-- What visitors did in the same year: sessions, searches, interactions, recommendations, and the runs of models. Needs
-- dashboard_marts_sales.sql before it.
with sessions as (
    select
        n,
        1 + floor(5 * power(bench.dice(n, 40), 3))::int as step,
        bench.moment(n, 45) as started_at
    from generate_series(1, current_setting('bench.sessions')::bigint) as n
)

insert into marts.fct_sessions (
    session_id, visitor_id, landing_path, channel, device_type, is_bot, events_count, has_product_view, has_cart,
    has_checkout, has_order, funnel_step, net_sales_shop_amount, started_at, ended_at, session_date
)
select
    's' || n as session_id,
    'v' || n / 2 as visitor_id,
    '/page-' || floor(200 * power(bench.dice(n, 41), 3)) as landing_path,
    bench.word(array['Organic search', 'Direct', 'Email', 'Paid search', 'Social', 'Referral'], n, 42) as channel,
    bench.word(array['mobile', 'desktop', 'tablet'], n, 43) as device_type,
    bench.dice(n, 44) < 0.04 as is_bot,
    5 as events_count,
    step > 1 as has_product_view,
    step > 2 as has_cart,
    step > 3 as has_checkout,
    step > 4 as has_order,
    step as funnel_step,
    case when step > 4 then 80 else 0 end as net_sales_shop_amount,
    started_at,
    started_at + interval '6 minutes' as ended_at,
    started_at::date as session_date
from sessions;

insert into marts.mart_funnel_daily
select
    session_date,
    device_type,
    channel,
    count(*) as sessions_count,
    count(*) filter (where has_product_view) as viewing_sessions_count,
    count(*) filter (where has_cart) as carting_sessions_count,
    count(*) filter (where has_checkout) as checkout_sessions_count,
    count(*) filter (where has_order) as ordering_sessions_count,
    count(*) filter (where has_cart) as sessions_with_cart_count,
    count(*) filter (where has_order) as sessions_with_order_count,
    count(*) filter (where has_cart and not has_order) as abandoned_carts_count,
    sum(net_sales_shop_amount) as net_sales_shop_amount
from marts.fct_sessions
where not is_bot
group by session_date, device_type, channel;

insert into marts.mart_landing_pages
select
    session_date,
    landing_path as landing_page,
    device_type,
    channel,
    count(*) as sessions_count,
    count(*) filter (where has_order) as ordering_sessions_count,
    sum(net_sales_shop_amount) as net_sales_shop_amount
from marts.fct_sessions
where not is_bot
group by session_date, landing_path, device_type, channel;

-- one visit in three searches; most searches are of two thousand terms
with searches as (
    select
        current_date - day as search_date,
        'term ' || term as search_term,
        1 + (
            current_setting('bench.sessions')::bigint / 3 / current_setting('bench.days')::bigint / 8 / term
        )::int as searches_count
    from generate_series(1, current_setting('bench.days')::int) as day
    cross join generate_series(1, 2000) as term
)

insert into marts.mart_search_terms (
    search_date, search_term, searches_count, sessions_count, visitors_count, searches_without_results_count,
    clicked_searches_count, searches_clicked_in_first_ten_count, ordering_searches_count
)
select
    search_date,
    search_term,
    searches_count,
    searches_count as sessions_count,
    searches_count as visitors_count,
    searches_count / 20 as searches_without_results_count,
    searches_count / 2 as clicked_searches_count,
    searches_count / 3 as searches_clicked_in_first_ten_count,
    searches_count / 30 as ordering_searches_count
from searches;

insert into marts.mart_search_positions (search_date, first_click_rank, clicked_searches_count)
select
    current_date - day as search_date,
    place as first_click_rank,
    1 + 2000 / place as clicked_searches_count
from generate_series(1, current_setting('bench.days')::int) as day
cross join generate_series(1, 40) as place;

-- half of the events are about products, and as many again are products shown in recommendations
with events as (
    select
        n,
        bench.moment(n, 62) as happened_at
    from generate_series(1, current_setting('bench.sessions')::bigint * 5 / 2) as n
)

insert into marts.fct_product_interactions (
    interaction_id, event_id, session_id, visitor_id, product_id, interaction_type, is_known_product, is_bot, is_late,
    occurred_at, interaction_date
)
select
    'i' || n as interaction_id,
    'i' || n as event_id,
    's' || n / 3 as session_id,
    'v' || n / 6 as visitor_id,
    bench.product(n, current_setting('bench.products')::int)::text as product_id,
    bench.word(array['view', 'click', 'cart', 'purchase'], n, 60) as interaction_type,
    true as is_known_product,
    bench.dice(n, 44) < 0.04 as is_bot,
    bench.dice(n, 61) < 0.02 as is_late,
    happened_at as occurred_at,
    happened_at::date as interaction_date
from events;

insert into marts.mart_interactions_daily
select
    interaction_date,
    interaction_type,
    count(*) as interactions_count,
    count(*) filter (where is_late) as late_interactions_count,
    count(*) filter (where is_bot) as bot_interactions_count,
    0 as repeated_interactions_count,
    now() as landed_at
from marts.fct_product_interactions
group by interaction_date, interaction_type;

with events as (
    select
        n,
        bench.moment(n, 73) as happened_at
    from generate_series(1, current_setting('bench.sessions')::bigint * 5 / 2) as n
)

insert into marts.fct_recommendation_events (
    recommendation_event_id, event_id, session_id, visitor_id, product_id, recommendation_event_type,
    recommendation_slot, recommendation_rank, algorithm, is_fallback, is_bot, occurred_at, event_date
)
select
    'r' || n as recommendation_event_id,
    'r' || n as event_id,
    's' || n / 3 as session_id,
    'v' || n / 6 as visitor_id,
    bench.product(n, current_setting('bench.products')::int)::text as product_id,
    case when bench.dice(n, 70) < 0.05 then 'click' else 'show' end as recommendation_event_type,
    bench.word(array['home', 'product', 'cart', 'category'], n, 71) as recommendation_slot,
    1 + n % 10 as recommendation_rank,
    bench.word(array['session', 'trending', 'bought_together'], n, 72) as algorithm,
    bench.word(array['session', 'trending', 'bought_together'], n, 72) = 'trending' as is_fallback,
    bench.dice(n, 44) < 0.04 as is_bot,
    happened_at as occurred_at,
    happened_at::date as event_date
from events;

insert into marts.mart_recommendation_performance (
    event_date, recommendation_slot, algorithm, is_fallback, visitors_count, shown_count, clicked_count, shop_currency
)
select
    event_date,
    recommendation_slot,
    algorithm,
    is_fallback,
    count(*) / 3 as visitors_count,
    count(*) filter (where recommendation_event_type = 'show') as shown_count,
    count(*) filter (where recommendation_event_type = 'click') as clicked_count,
    'EUR' as shop_currency
from marts.fct_recommendation_events
where not is_bot
group by event_date, recommendation_slot, algorithm, is_fallback;

insert into marts.mart_experiment_daily (
    event_date, arm, visitors_count, clicking_visitors_count, adding_visitors_count, buying_visitors_count
)
select
    current_date - day as event_date,
    arm,
    5000 as visitors_count,
    400 as clicking_visitors_count,
    300 as adding_visitors_count,
    90 as buying_visitors_count
from generate_series(1, current_setting('bench.days')::int) as day
cross join unnest(array['treatment', 'control']) as arm;

-- a run an hour
insert into marts.mart_model_runs_daily (
    run_date, schema_name, model_name, runs_count, total_seconds, longest_seconds, table_megabytes
)
select
    current_date - day as run_date,
    'marts' as schema_name,
    'model_' || model as model_name,
    24 as runs_count,
    24 * model as total_seconds,
    model * 2 as longest_seconds,
    model * 10 as table_megabytes
from generate_series(1, current_setting('bench.days')::int) as day
cross join generate_series(1, 70) as model;

analyze;
