"""Where the products of the search index come from."""

PRODUCTS_QUERY = """
    select
        product_id, title, brand, category, department, price_amount, currency, compare_at_amount,
        is_in_stock, rating, rating_count, attributes, image_url, description, created_at,
        -- a mart built before the columns came has none
        to_jsonb(products) -> 'variants' as variants, to_jsonb(products) -> 'price_lists' as price_lists
    from marts.dim_products as products
    where is_published
"""
