"""Pseudonyms: the same for the same customer and key, useless without the key, one row a customer."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.customer_mapping import map_customers
from privacy.pseudonym import pseudonym


def test_known_answer() -> None:
    # RFC 4231, test case 2, cut to 128 bits
    assert pseudonym("what do ya want for nothing?", "Jefe") == "5bdcc146bf60754e6a042426089575c7"


@given(st.text(), st.text(), st.text(min_size=1), st.text(min_size=1))
def test_differs_by_value_and_by_key(value: str, other: str, key: str, other_key: str) -> None:
    assert (pseudonym(value, key) == pseudonym(other, key)) == (value == other)
    padded, other_padded = key.encode().ljust(64, b"\0"), other_key.encode().ljust(64, b"\0")
    if len(padded) == len(other_padded) == 64 and padded != other_padded:
        assert pseudonym(value, key) != pseudonym(value, other_key)


@pytest.mark.services
def test_each_customer_is_mapped_once(database: str) -> None:
    with psycopg.connect(database) as owner:
        owner.execute("create table raw_shop.customers (id bigint)")
        owner.execute("create table raw_shop.orders (customer jsonb)")
        owner.execute("insert into raw_shop.customers values (1), (2), (2), (null)")
        owner.execute("""insert into raw_shop.orders values ('{"id": 2}'), ('{"id": 4}'), ('{}'), (null)""")
    assert map_customers(database, "key") == 3
    with psycopg.connect(database) as owner:
        owner.execute("insert into raw_shop.customers values (3)")
    assert map_customers(database, "key") == 1
    with psycopg.connect(database) as owner:
        mapped = dict(owner.execute("select customer_id, customer_pseudonym from pii.customer_pseudonyms").fetchall())
    assert mapped == {number: pseudonym(str(number), "key") for number in (1, 2, 3, 4)}
