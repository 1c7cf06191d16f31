"""What is kept of a record: an allow-list at every depth, and values as the source wrote them."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from benchmarks.support.small_shop import START
from demo_shop.content.catalogue import generate_products
from demo_shop.content.customers import generate_customers
from demo_shop.profile import ShopProfile
from demo_shop.shopify.rest.orders import OrderWriter
from demo_shop.shopify.rest.people import customer_record
from demo_shop.traffic.history import History, Size
from ingestion.connectors.shopify.connector import STREAMS, UNREAD
from ingestion.connectors.shopify.kept_fields import KEPT
from ingestion.projection import Projection, kept

SHOP = ShopProfile()
FIELDS = kept("id price", customer=kept("id"), lines=kept("id price_set"))


def test_only_what_is_named_is_kept_and_numbers_keep_their_digits() -> None:
    content = b"""{"id": 1, "price": 12.3400, "email": "a@b.example", "customer": {"id": 7, "email": "a@b.example"},
        "lines": [{"id": 9007199254740993, "properties": [{"value": "For Ada"}], "price_set": {"amount": "1.10"}},
        null]}"""
    cut, changes = Projection(FIELDS).record(content)
    assert cut == (
        b'{"id":1,"price":12.3400,"customer":{"id":7},'
        b'"lines":[{"id":9007199254740993,"price_set":{"amount": "1.10"}},null]}'
    )
    assert changes == []


@pytest.mark.parametrize("shape", [b'"Ada Lovelace"', b"17", b'["Ada"]', b"true"])
def test_a_value_of_another_shape_is_null_and_says_so(shape: bytes) -> None:
    cut, changes = Projection(FIELDS).record(b'{"id": 1, "note": "x", "customer": %s}' % shape)
    assert msgspec.json.decode(cut) == {"id": 1, "customer": None}
    assert [(change.field, change.change) for change in changes] == [("customer", "NULLED")]


def test_what_is_missing_stays_missing_and_null_stays_null() -> None:
    assert Projection(FIELDS).record(b'{"id": 1, "customer": null, "phone": "1"}') == (b'{"id":1,"customer":null}', [])


def test_the_schema_declares_only_what_is_kept() -> None:
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "email": {"type": "string"}}}
    assert Projection(FIELDS).schema(schema) == {"type": "object", "properties": {"id": {"type": "integer"}}}


def test_no_person_is_left_in_shopifys_records() -> None:
    people = {customer.customer_id: customer for customer in generate_customers(7, START, 50)}
    history = History(generate_products(7, START, 20), list(people.values()), 7, START, Size(days=7))
    assert list(history)  # its orders are complete at the end of it
    records: list[tuple[str, Any, Any]] = [
        ("customers", customer, customer_record(customer, SHOP)) for customer in people.values()
    ]
    for order in history.orders:
        person = people.get(order.customer_id or 0)
        records.append(("orders", person, OrderWriter(order, person, SHOP).order()))
    seen = 0
    for stream, person, record in records:
        content = msgspec.json.encode(record)
        cut, changes = Projection(KEPT[stream]).record(content)
        assert changes == [] and b"@" not in cut
        if person and stream == "orders" and b"@" in content:
            seen += 1
        for value in (person.email, person.last_name, person.phone, person.address) if person else ():
            assert not value or value.encode() not in cut, (stream, value)
    assert seen > 20


def test_every_stream_that_speaks_of_persons_is_cut() -> None:
    assert KEPT.keys() <= set(STREAMS) and not set(UNREAD) & set(STREAMS)
    smell = re.compile(r"mail|phone|first_name|last_name|address[12]|city|zip|note|client|browser|landing|token|tags")
    for stream, fields in KEPT.items():
        names = [*fields, *(name for inner in fields.values() if inner for name in inner)]
        assert [name for name in names if smell.search(name) and name != "email_marketing_consent"] == [], stream
