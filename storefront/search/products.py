"""Where the products of the search index come from."""

PRODUCTS_QUERY = """
    select
        product_id, title, brand, category, department, price_amount, currency, compare_at_amount,
        is_in_stock, rating, rating_count, attributes, image_url, description, created_at,
        to_jsonb(products) -> 'variants' as variants  -- a mart built before the column came has none
    from marts.dim_products as products
    where is_published
"""
