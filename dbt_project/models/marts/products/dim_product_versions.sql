{{
    versions(
        ref('products_history'), 'product_id',
        [
            'title', 'brand', 'category', 'department', 'status', 'is_published', 'currency', 'price_amount',
            'compare_at_amount', 'unit_cost_amount'
        ]
    )
}}
