{{
    config(
        materialized='incremental', unique_key='product_id',
        indexes=[{'columns': ['product_id'], 'unique': true}, {'columns': ['changed_at']}]
    )
}}

with products as (
    select * from {{ ref('dim_products') }}
),

-- what mart_product_performance repeats on each day of a product
observed as (
    select
        product_id,
        hashtextextended(jsonb_build_array(title, brand, category, department, abc_class)::text, 0) as state_hash
    from products
),

final as (
    select
        observed.product_id,
        observed.state_hash,
        now() as changed_at
    from observed
    {% if is_increment() %}
        left join {{ this }} as known on observed.product_id = known.product_id
        where observed.state_hash is distinct from known.state_hash
    {% endif %}
)

select * from final
