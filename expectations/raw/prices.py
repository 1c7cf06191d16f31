"""Prices that cannot be true, by the shop's own: a ceiling in one currency would refuse another one's telephones."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.sql_rules import no_rows

# a price in cents, or in another currency, is off by about a hundred; no offer and no rise is
FACTOR = 100
# of what was never sold only the other prices are known: a projector costs a thousand cables, a typing error more
FACTOR_OF_THE_MIDDLE = 1000

WHY_LINE = (
    "Blocks: over a hundred times what the shop asks for it is another unit or currency. Compared with the shop's own"
    " list prices in its currency of today."
)
WHY_LISTED = (
    "Blocks: over a hundred times what was paid for it in the last 90 days, or of a product never sold over a thousand"
    " times the middle of the range, is another unit or currency."
)


def paid_prices_are_not_absurd(lines: str, listed: str) -> Expectation:
    """No line was sold at over a hundred times its listed price.

    `lines` is a `with` clause that defines lines (order_id, line_id, variant_id, shop_price, shop_currency,
    created_at); `listed` a query for (variant_id, price).
    """
    return no_rows(
        f"""{lines},
        today as (select shop_currency from lines order by created_at desc limit 1),
        listed as ({listed}),
        dearest as (select max(price) as price from listed)
        select lines.order_id, lines.line_id, lines.shop_price, coalesce(listed.price, dearest.price) as listed_price
        from lines
        inner join today using (shop_currency)
        cross join dearest
        left join listed on lines.variant_id = listed.variant_id and listed.price > 0
        where lines.shop_price > {FACTOR} * coalesce(listed.price, dearest.price)
        """,
        why=WHY_LINE,
    )


def listed_prices_are_not_absurd(lines: str, listed: str) -> Expectation:
    """No listed price is over a hundred times what was paid, or far over all others; arguments as above."""
    return no_rows(
        f"""{lines},
        today as (select shop_currency, created_at from lines order by created_at desc limit 1),
        listed as ({listed}),
        paid as (
            select lines.variant_id, percentile_cont(0.5) within group (order by lines.shop_price)::numeric as price
            from lines inner join today using (shop_currency)
            where lines.shop_price > 0 and lines.created_at > today.created_at - interval '90 days'
            group by lines.variant_id
        ),
        middle as (select percentile_cont(0.5) within group (order by price)::numeric as price from listed)
        select listed.variant_id as id, listed.price, round(paid.price, 2) as usually_paid,
            round(middle.price, 2) as middle_of_the_range
        from listed
        cross join middle
        left join paid on listed.variant_id = paid.variant_id
        where listed.price > coalesce({FACTOR} * paid.price, {FACTOR_OF_THE_MIDDLE} * middle.price)
        """,
        why=WHY_LISTED,
    )
