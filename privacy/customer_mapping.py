"""pii.customer_pseudonyms: the pseudonym of each customer of the shop, one row a customer."""

from __future__ import annotations

import psycopg

from privacy.pseudonym import pseudonym

# how an order of each shop platform names its customer
CUSTOMER_OF_ORDER = {"shopify": "(customer ->> 'id')::bigint", "magento": "customer_id"}


def map_customers(database_url: str, key: str, shop_platform: str = "shopify") -> int:
    """Add a row to `pii.customer_pseudonyms` for each customer without one; returns how many were added.

    Customers are those of the shop and those its orders name: an order may be read before its new customer is.
    Raises psycopg.Error, also when raw_shop.customers or raw_shop.orders does not exist yet.
    """
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"""
            with named as (
                select id as customer_id from raw_shop.customers
                union
                select {CUSTOMER_OF_ORDER[shop_platform]} from raw_shop.orders
            )
            select named.customer_id
            from named
            left join pii.customer_pseudonyms as known on known.customer_id = named.customer_id
            where named.customer_id is not null and known.customer_id is null
            """
        )
        new = [(customer_id, pseudonym(str(customer_id), key)) for (customer_id,) in cursor.fetchall()]
        with cursor.copy("copy pii.customer_pseudonyms (customer_id, customer_pseudonym) from stdin") as copy:
            for row in new:
                copy.write_row(row)
    return len(new)
