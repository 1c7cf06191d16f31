{#-
    For an incremental run of a table with a row per product and day that repeats on each day what the product is: the ids
    of products of which its newest row says something else than dim_products, as a list in SQL. They are looked up before
    the run deletes their rows. `columns` are the repeated ones.
-#}
{% macro products_described_otherwise(columns) -%}
    {%- set products = ref('dim_products') -%}
    {%- if execute and is_increment() -%}
        {%- set found -%}
            select products.product_id
            from {{ products }} as products
            cross join lateral (
                select * from {{ this }} as newest
                where newest.product_id = products.product_id
                order by newest.activity_date desc
                limit 1
            ) as repeated
            where
                (repeated.{{ columns | join(', repeated.') }})
                is distinct from (products.{{ columns | join(', products.') }})
        {%- endset -%}
        {%- set ids = [] -%}
        {%- for id in run_query(found).columns[0].values() -%}
            {%- do ids.append("'" ~ dbt.escape_single_quotes(id) ~ "'") -%}
        {%- endfor -%}
        {{ return('array[' ~ ids | join(', ') ~ ']::text[]') }}
    {%- endif -%}
    {{ return('array[]::text[]') }}
{%- endmacro %}

{#-
    A condition for tables by day of int_product_events__exploded: in an incremental run true of the days of which events
    landed; in any other run true of all. `day` is a column.
-#}
{% macro interactions_have_landed(day='event_date') -%}
    {%- set exploded = ref('int_product_events__exploded') -%}
    {%- set sessionized = ref('int_events__sessionized') -%}
    {%- if is_increment() -%}
        {{ day }} = any(array(
            {{ days_touched(exploded, column='landed_at') }}
            {{ or_days_backfilled(sessionized) }}
        ))
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#-
    A condition for such a table: in an incremental run true of the days on which anything of an order changed since it
    was last built or of which events landed, of all days of the products in `renamed`, and of all of the product named
    unknown, for what the shop sent late was counted there. In any other run true of all.
-#}
{% macro product_day_has_changed(product_id, day, renamed) -%}
    {%- set has_changed_order, has_landed = day_has_changed(day), interactions_have_landed(day) -%}
    {%- if is_increment() -%}
        (
            {{ product_id }} = 'unknown'
            or {{ product_id }} = any({{ renamed }})
            or {{ has_changed_order }}
            or {{ has_landed }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#-
    A condition for tables by day and category: in an incremental run true of the days on which anything of an order
    changed, and of those on which a product sold or came back that has another category since, or is new to the catalogue.
-#}
{% macro day_or_category_has_changed(day) -%}
    {%- set history, sold = ref('products_history'), ref('int_product_sales__counted') -%}
    {%- set has_changed_order = day_has_changed(day) -%}
    {%- if is_increment() -%}
        (
            {{ has_changed_order }}
            or {{ day }} = any(array(
                select sold.sales_date from {{ sold }} as sold
                where sold.product_id = any(array(
                    select versions.product_id
                    from (
                        select
                            *,
                            row_number() over each_product = 1 as is_first,
                            lag(category) over each_product as category_before
                        from {{ history }}
                        window each_product as (partition by product_id order by dbt_valid_from)
                    ) as versions
                    where
                        {{ changed_since_last_build('versions.dbt_valid_from') }}
                        and (versions.is_first or versions.category is distinct from versions.category_before)
                ))
            ))
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
