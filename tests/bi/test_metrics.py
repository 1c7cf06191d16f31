"""Every metric of bi/metrics.yml over the demo shop's days, compared with the same figure counted another way."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from bi.metrics import load_metrics, query
from tests.support.demo_days import DemoDays

# the fixture lives the days before the first test
pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]

VISITS = """
    with events as (
        select * from intermediate.int_events__sessionized
        where session_id not in (select session_id from intermediate.int_events__sessionized where is_bot)
    ),
    told as (
        select distinct on (order_id) order_id, session_id from intermediate.int_events__sessionized
        where event_name = 'Order Completed' order by order_id, occurred_at, event_id
    ),
    viewed as (
        select session_id, min(occurred_at) as at from events where event_name = 'Product Viewed' group by 1
    ),
    carted as (
        select session_id, min(occurred_at) as at from events inner join viewed using (session_id)
        where event_name = 'Product Added' and occurred_at >= at group by 1
    ),
    paying as (
        select session_id, min(occurred_at) as at from events inner join carted using (session_id)
        where event_name = 'Checkout Started' and occurred_at >= at group by 1
    ),
    ordered as (
        select session_id, min(occurred_at) as at from events inner join paying using (session_id)
        where event_name = 'Order Completed' and occurred_at >= at group by 1
    )
"""
BY_PRODUCT = """
    with seen as (
        select distinct interaction_type, interaction_date, session_id,
            case when is_known_product then product_id else 'unknown' end as product_id
        from marts.fct_product_interactions where not is_bot
    )
"""
BESIDE_GOODS = ("shipping", "tax", "duties", "fees", "tips", "gift_cards_sold")
SHARE = "count(*) filter (where {0}) / count(*)::numeric"
# the run that made the marts did not know itself yet
EARLIER_RUNS = """
    select *, status = 'error' as is_failed from ops.model_runs
    where run_id <> (select run_id from ops.model_runs order by started_at desc limit 1)
"""
# the same figures from events, orders and lines, past the mart that the metric reads
RECOUNTS = {
    "net_sales": "select sum(net_sales_shop_amount) from marts.fct_order_lines",
    "gross_sales": "select sum(gross_sales_shop_amount) from marts.fct_orders",
    "discounts": "select sum(discounts_shop_amount) from marts.fct_orders",
    "returns": "select sum(returns_shop_amount) from marts.fct_refund_lines",
    "cancellations": "select sum(cancellations_shop_amount) from marts.fct_order_lines",
    "orders": "select count(*) from staging.stg_shop__orders where not is_test",
    "units": "select sum(units_count) from staging.stg_shop__order_lines",
    "average_order_value": "select avg(gross_sales_shop_amount - discounts_shop_amount) from marts.fct_orders",
    "total_sales": "select sum(total_shop_amount - gift_cards_sold_shop_amount) from marts.mart_order_bridge",
    **{name: f"select sum({name}_shop_amount) from marts.mart_order_bridge" for name in BESIDE_GOODS},
    "gift_cards_redeemed": "select coalesce(sum(payment_book_amount), 0) from staging.stg_shop__payments",
    "discount_rate": "select sum(discounts_shop_amount) / sum(gross_sales_shop_amount) from marts.fct_orders",
    "return_rate": """
        select (select sum(returns_shop_amount) from marts.fct_refund_lines) / sum(gross_sales_shop_amount)
        from marts.fct_orders
    """,
    "margin_rate": """
        select sum(net_sales_shop_amount - unit_cost_shop_amount * kept_units_count) / sum(net_sales_shop_amount)
        from intermediate.int_order_lines__settled where unit_cost_shop_amount is not null
    """,
    "sessions": VISITS + "select count(distinct session_id) from events",
    "visitors": VISITS + "select count(distinct visitor_id) from events",
    "session_conversion": VISITS
    + """
        select count(distinct session_id) filter (where session_id in (select session_id from told))
            / count(distinct session_id)::numeric from events
    """,
    "add_to_cart_rate": VISITS
    + """
        select count(distinct session_id) filter (where event_name = 'Product Added')
            / count(distinct session_id)::numeric from events
    """,
    "cart_abandonment": VISITS
    + """
        select count(distinct session_id) filter (where session_id not in (select session_id from told))
            / count(distinct session_id)::numeric from events where event_name = 'Product Added'
    """,
    "revenue_per_session": VISITS
    + """
        select (
            select sum(net_sales_shop_amount) from marts.fct_orders where order_id in (
                select order_id from told where session_id in (select session_id from events)
            )
        ) / count(distinct session_id) from events
    """,
    "product_views": """
        select count(*) from staging.stg_clickstream__events
        where event_name = 'Product Viewed' and product_id is not null and not is_bot
    """,
    "view_to_cart": BY_PRODUCT
    + """
        select count(*) filter (where interaction_type = 'cart')
            / count(*) filter (where interaction_type = 'view')::numeric from seen
    """,
    "cart_to_buy": BY_PRODUCT
    + """
        select count(*) filter (where interaction_type = 'purchase')
            / count(*) filter (where interaction_type = 'cart')::numeric from seen
    """,
    "product_net_sales": "select sum(net_sales_shop_amount) from marts.fct_orders",
    "unit_return_rate": "select sum(returned_units_count) / sum(units_count)::numeric from marts.fct_orders",
    "product_margin": "select sum(margin_shop_amount) from marts.fct_order_lines",
    "accessory_attach_rate": """
        with lines as (
            select order_id, coalesce(category, 'Unknown') as category, order_line_id,
                gross_sales_shop_amount / lines.units_count as price
            from marts.fct_order_lines as lines left join marts.dim_products using (product_id)
            where not is_cancelled
        ),
        orders as (
            select order_id, max(price) as price,
                (array_agg(category order by price desc, order_line_id))[1] as category
            from lines group by 1
        )
        select count(*) filter (where exists (
            select from lines where lines.order_id = orders.order_id and lines.category <> orders.category
            and lines.price <= orders.price / 2
        )) / count(*)::numeric from orders
    """,
    "code_share": f"select {SHARE.format('discount_code is not null')} from staging.stg_shop__orders",
    "funnel_conversion": VISITS
    + """
        select (select count(*) from ordered) / count(distinct session_id)::numeric from events
    """,
    "checkout_completion": VISITS + "select (select count(*) from ordered) / count(*)::numeric from paying",
    "attributed_net_sales": """
        select sum(net_sales_shop_amount) from marts.fct_orders
        where order_id in (select order_id from marts.fct_order_touches where session_id is not null)
    """,
    "searches": """
        select count(*) from staging.stg_clickstream__events where event_name = 'Products Searched' and not is_bot
    """,
    "zero_result_rate": f"""
        select {SHARE.format("properties ->> 'results' = '0'")} from raw_clickstream.events
        where event_name = 'Products Searched' and not is_bot
    """,
    "search_click_rate": f"select {SHARE.format('first_click_rank <= 10')} from marts.fct_searches where not is_bot",
    "search_conversion": f"select {SHARE.format('has_order')} from marts.fct_searches where not is_bot",
    "recommendation_click_rate": """
        select (
            select count(*) from raw_clickstream.events
            where event_name = 'Product Clicked' and properties ? 'recommendation' and not is_bot
        ) / sum(jsonb_array_length(properties -> 'products'))::numeric
        from raw_clickstream.events where event_name = 'Recommendations Viewed' and not is_bot
    """,
    # the generated past has one way of recommending, and that is the fallback
    "fallback_click_rate": """
        select count(*) filter (where recommendation_event_type = 'click')
            / count(*) filter (where recommendation_event_type = 'show')::numeric
        from marts.fct_recommendation_events where algorithm = 'popularity-0' and not is_bot
    """,
    "recommended_net_sales": """
        select coalesce(sum(net_sales_shop_amount), 0) from marts.fct_order_lines
        where (order_id, product_id) in (
            select order_id, product_id from marts.fct_recommendation_events where is_credited and not is_bot
        )
    """,
    "new_customers": "select count(*) from marts.dim_customers where first_order_at is not null",
    "active_customers": "select count(distinct customer_pseudonym) from staging.stg_shop__orders",
    "returning_order_rate": """
        select 1 - count(distinct customer_pseudonym) / count(customer_pseudonym)::numeric
        from staging.stg_shop__orders
    """,
    "customer_net_sales": """
        select sum(net_sales_shop_amount) / count(distinct customer_pseudonym) from marts.fct_order_lines
        where customer_pseudonym is not null
    """,
    "churned_customer_rate": """
        with last_days as (
            select max(order_date) as last_date from marts.fct_orders
            where not is_cancelled and customer_pseudonym is not null group by customer_pseudonym
        )
        select avg(((select max(order_date) from marts.fct_orders) - last_date > 90)::integer) from last_days
    """,
    "product_units": "select sum(units_count) from staging.stg_shop__order_lines",
    "out_of_stock_rate": f"""
        select {SHARE.format("not is_in_stock")} from intermediate.int_products__listed where is_published
    """,
    "rating": """
        with stars as (
            select owner_id, max((value::jsonb ->> 'value')::numeric) filter (where key = 'rating') as rating,
                max(value) filter (where key = 'rating_count')::integer as rating_count
            from raw_shop.metafield_products group by 1
        )
        select sum(stars.rating * stars.rating_count) / sum(stars.rating_count)
        from stars inner join intermediate.int_products__listed as products on products.product_id = owner_id::text
        where products.is_published
    """,
    "recommended_products": """
        select count(distinct shown ->> 'product_id')
        from raw_clickstream.events, jsonb_array_elements(properties -> 'products') as shown
        where event_name = 'Recommendations Viewed' and not is_bot
    """,
    "late_interaction_rate": """
        select count(*) filter (where events.received_at > events.occurred_at + interval '1 hour') / count(*)::numeric
        from marts.fct_product_interactions
        inner join staging.stg_clickstream__events as events using (event_id)
    """,
    "model_runs": f"select count(*) from ({EARLIER_RUNS}) as runs",
    "failed_model_rate": f"select {SHARE.format('is_failed')} from ({EARLIER_RUNS}) as runs",
    "model_seconds": f"""
        select sum(seconds) from (
            select round(sum(seconds)::numeric, 3) as seconds from ({EARLIER_RUNS}) as runs
            group by model, (started_at at time zone 'Europe/Paris')::date
        ) as by_day
    """,
    "predicted_value": "select sum(predicted_value) from intermediate.int_customers__predicted where moment = 'now'",
}


def test_every_metric_equals_a_recount_past_its_mart(demo_days: DemoDays) -> None:
    metrics = load_metrics()
    assert set(RECOUNTS) == set(metrics)
    always = {"first_day": date(2000, 1, 1), "last_day": date(2100, 1, 1)}
    differences = {}
    with psycopg.connect(demo_days.url) as connection:
        for name, recount in RECOUNTS.items():
            [figure] = connection.execute(query([metrics[name]]), always).fetchone() or []
            [counted] = connection.execute(recount.encode()).fetchone() or []
            assert counted is not None, f"{name}: the days hold nothing to count"
            if figure is None or abs(float(figure) - float(counted)) > 1e-6:
                differences[name] = (figure, counted)
    assert differences == {}
