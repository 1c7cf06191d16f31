{{ versions(ref('customers_history'), 'customer_pseudonym', ['country_code', 'has_marketing_consent']) }}
