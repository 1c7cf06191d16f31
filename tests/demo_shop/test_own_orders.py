"""An orders file of your own: the least that is needed, any currency and country, ids that meet, and each line that
cannot be read named with its reason.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from demo_shop.own_data.dataset import Dataset
from demo_shop.own_data.product_ids import product_id
from demo_shop.store.ledger import ledger

END = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEAST = "order_id,ordered_at,product_id,quantity,price"
FIELDS = f"{LEAST},customer_id,country,currency,exchange_rate,discount,tax,shipping"


def dataset(folder: Path, *lines: str, header: str = LEAST) -> Dataset:
    (folder / "orders.csv").write_text("\n".join([header, *lines]) + "\n")
    made = Dataset(folder, 7, END)
    list(made)  # the orders are complete when all messages were told
    return made


def test_five_columns_are_a_shop(tmp_path: Path) -> None:
    made = dataset(tmp_path, "1,2021-01-02 10:00,55,2,100.00", "1,2021-01-02 10:00,56,1,20.00")
    (order,) = made.orders
    assert [(line.product_id, line.quantity, line.unit_price) for line in order.lines] == [
        (product_id("catalogue", "55"), 2, Decimal("100.00")), (product_id("catalogue", "56"), 1, Decimal("20.00")),
    ]  # fmt: skip
    assert (order.customer_id, order.currency, order.shipping, order.created_at) == (None, "EUR", 0, END)
    (day,) = ledger(made.orders, "Europe/Paris")
    assert (day.orders_count, day.units, day.gross, day.net) == (1, 3, Decimal("220.00"), Decimal("220.00"))


def test_customers_tax_delivery_discounts_and_currencies_are_the_files(tmp_path: Path) -> None:
    made = dataset(
        tmp_path,
        "1,2021-01-02 10:00,55,2,100.00,7,DE,USD,1.25,10.00,36.10,5.00",
        "2,2021-01-03 10:00,55,1,1200,7,JP,JPY,160,,109,",
        "3,2021-01-03 11:00,56,1,12.345,8,KW,KWD,0.333,1.005,,",
        header=FIELDS,
    )
    dollars, yen, dinars = made.orders
    assert dollars.customer_id == yen.customer_id != dinars.customer_id and len(made.customers) == 2
    assert {customer.country_code for customer in made.customers} == {"DE", "KW"}
    days = {row.currency: row for row in ledger(made.orders, "Europe/Paris")}
    assert (days["USD"].net, days["USD"].tax, days["USD"].shipping) == (190, Decimal("36.10"), 5)
    assert (days["USD"].net_shop, days["JPY"].net, days["JPY"].net_shop) == (152, 1200, Decimal("7.50"))
    assert (days["KWD"].gross, days["KWD"].net) == (Decimal("12.345"), Decimal("11.340"))  # dinars have three decimals


def test_the_same_id_is_the_same_product_in_every_file(tmp_path: Path) -> None:
    (tmp_path / "catalogue.jsonl").write_text(json.dumps({"id": "sku-7", "title": "Lamp", "price": 10}) + "\n")
    (tmp_path / "clicks.csv").write_text(
        "event_time,event_type,product_id,user_session\n2021-01-02 09:00:00,view,sku-7,s1\n"
    )
    made = dataset(tmp_path, "1,2021-01-02 10:00,sku-7,1,9.00")
    (product,) = made.products
    assert product.title == "Lamp" and made.orders[0].lines[0].product_id == product.product_id
    assert {message["properties"].get("product_id") for message in made} <= {str(product.product_id), None}


GOOD = "1,2021-01-02 10:00,55,2,100.00,7,DE,EUR,,,,"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",2021-01-02 10:00,55,2,100.00,7,DE,EUR,,,,", "no order_id"),
        ("2,2021-01-02 10:00,,2,100.00,7,DE,EUR,,,,", "no product_id"),
        ("2,2021-01-02 10:00,55,2,,7,DE,EUR,,,,", "no price"),
        ("2,,55,2,100.00,7,DE,EUR,,,,", "ordered_at '' is no time like 2021-01-02 10:00"),
        ("2,soon,55,2,100.00,7,DE,EUR,,,,", "ordered_at 'soon' is no time like 2021-01-02 10:00"),
        ("2,2021-01-02 10:00,55,0,100.00,7,DE,EUR,,,,", "quantity '0' is no number of units"),
        ("2,2021-01-02 10:00,55,1.5,100.00,7,DE,EUR,,,,", "quantity '1.5' is no number of units"),
        ("2,2021-01-02 10:00,55,2,free,7,DE,EUR,,,,", "price 'free' is no amount"),
        ("2,2021-01-02 10:00,55,2,-1,7,DE,EUR,,,,", "price '-1' is no amount"),
        ("2,2021-01-02 10:00,55,2,100.00,7,DE,euros,,,,", "currency 'euros' is no code of three letters"),
        ("2,2021-01-02 10:00,55,2,100.00,7,DE,USD,0,,,", "exchange_rate '0' is no rate"),
        ("2,2021-01-02 10:00,55,2,100.00,7,DE,USD,dear,,,", "exchange_rate 'dear' is no number"),
        ("2,2021-01-02 10:00,55,2,100.00,7,DE,EUR,,200.01,,", "discount 200.01 is more than the line costs"),
        ("2,2021-01-02 10:00,55,2,100.00,7,DE,EUR,,,a lot,", "tax 'a lot' is no amount"),
        ("1,2021-01-02 10:00,56,1,20.00,7,DE,USD,,,,", "order 1 is in EUR, this line in USD"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_its_reason(tmp_path: Path, line: str, reason: str) -> None:
    made = dataset(tmp_path, GOOD, line, header=FIELDS)
    assert len(made.orders) == 1 and len(made.orders[0].lines) == 1
    assert f"orders.csv line 3 left out: {reason}" in made.notes


def test_a_file_that_breaks_off_is_named_and_keeps_what_was_read(tmp_path: Path) -> None:
    (tmp_path / "more.csv.gz").write_bytes(b"\x1f\x8b no gzip")
    made = dataset(tmp_path, GOOD, header=FIELDS)
    assert len(made.orders) == 1
    assert any("more.csv.gz ignored: it cannot be read" in note for note in made.notes), made.notes
