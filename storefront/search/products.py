"""Where the products of the search index come from."""

PRODUCTS_QUERY = """
    select
        product_id, title, brand, category, department, price_amount, currency, compare_at_amount,
        is_in_stock, rating, rating_count, attributes, image_url, description, created_at,
        variants
    from marts.dim_products
    where is_published
"""
