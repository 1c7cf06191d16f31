"""What stopped other people's pipelines, and is ordinary commerce: gate_raw lets it pass, and warns at most."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest

from expectations.validate import validate
from tests.support.warehouse_fixtures import built_small_shop, copy_database, insert, make_order

pytestmark = pytest.mark.services

AT = "2026-10-28T12:00:00Z"


def test_ordinary_commerce_warns_at_most(
    make_database: Callable[[], str], postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All in one shop, for a check of the gate takes seconds; the sources stand beside each."""
    url = copy_database(postgres_server, make_database, built_small_shop(make_database, tmp_path_factory))
    with psycopg.connect(url) as connection:
        # statamic-rad-pack/shopify issue 81: one location owes what another one has
        connection.execute(
            'update raw_shop.inventory_levels set quantities = \'[{"name": "available", "quantity": -2}]\''
            " where id = '9|1'"
        )
        quantities = [{"name": "available", "quantity": 6}]
        insert(connection, "raw_shop.inventory_levels", id="8|1", inventory_item_id=100, location_id=8,
               quantities=quantities)  # fmt: skip
        # gatsbyjs/gatsby-source-shopify pull request 59: a line without a product, as typed in at a till
        typed_in = make_order(101, AT, [(1011, 3, 1, "0.00")])
        typed_in["line_items"][0] |= {"product_id": None, "variant_id": None, "title": "Engraving"}
        # microsoft/BCApps pull request 8679: a currency that no list has
        unlisted = make_order(102, AT, [(1021, 3, 1, "0.00")], currency="QQZ", rate="2")
        # shopware/shopware issue 3594: the product of an order is deleted later
        of_a_deleted = make_order(103, AT, [(1031, 2, 1, "0.00")])
        # woocommerce/woocommerce pull request 58744: a refund without a line
        no_lines = make_order(104, AT, [(1041, 3, 1, "0.00")], refunds=[("2026-10-29T12:00:00Z", [])])
        # Shopify's schema: duties and additional fees are part of the total, and are no line, delivery or tax
        duties, fee = (make_order(number, AT, [(number * 10 + 1, 3, 1, "0.00")]) for number in (105, 106))
        for order, name, amount in (
            (duties, "original_total_duties_set", 15),
            (fee, "original_total_additional_fees_set", 2),
        ):
            money = {"amount": f"{amount}.00", "currency_code": "EUR"}
            sides = {"shop_money": money, "presentment_money": money}
            order[name] = sides if "fees" in name else str(sides)
            total = Decimal(order["total_price_set"]["shop_money"]["amount"]) + amount
            for side in sides:
                order["total_price_set"][side] = {"amount": str(total), "currency_code": "EUR"}
        # a lira that lost a third within days, and got it back
        rates = ("20.50", "20.40", "14.40", "14.00", "14.10")
        lira = [
            make_order(
                number, f"2026-10-{20 + day}T12:00:00Z", [(number * 10 + 1, 2, 1, "0.00")], currency="TRY", rate=rate
            )
            for day, rate in enumerate(rates)
            for number in range(110 + 10 * day, 114 + 10 * day)
        ]
        for order in (typed_in, unlisted, of_a_deleted, no_lines, duties, fee, *lira):
            insert(connection, "raw_shop.orders", **order)
        connection.execute(
            "insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by)"
            " values ('products', '2', now(), 'keys')"
        )
    result = validate("raw", url, "shopify")
    assert result.success, result.message
    warned = {warning.rule: warning.sample for warning in result.warnings}
    assert {"stock_is_not_negative", "order_currencies_are_known", "exchange_rates_are_of_their_days"} <= warned.keys()
    assert not {"105", "106"} & {str(row["order_id"]) for row in warned.get("order_totals_add_up", [])}
