-- no product of an order is credited to two recommendations
select
    order_id,
    product_id
from {{ ref('fct_recommendation_events') }}
where is_credited
group by order_id, product_id, visitor_id
having count(*) > 1
