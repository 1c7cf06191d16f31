"""Who a request is about: the identifiers by which a person's rows are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import psycopg

from privacy.customer_mapping import CUSTOMER_OF_ORDER
from privacy.pseudonym import every_pseudonym
from privacy.suppression import Kind

# in the warehouse and in clicks; `in_clicks` also where the account is no longer known
NAMES = """
    with mapped as (
        select customer_pseudonym from pii.customer_pseudonyms where customer_id::text = any(%(customers)s)
        union
        select customer_pseudonym from pii.click_pseudonyms where click_pseudonym = any(%(in_clicks)s)
    )

    select customer_pseudonym from mapped
    union
    select click_pseudonym from pii.click_pseudonyms inner join mapped using (customer_pseudonym)
"""
# the browsers that were only ever this customer's: on a shared one only the events that name the customer are theirs.
# A browser that told of one of their orders is theirs, too
VISITORS = """
    with seen as (
        select anonymous_id, user_id from raw_clickstream.events
        where
            user_id = any(%(pseudonyms)s)
            or (event_name = 'Order Completed' and properties ->> 'order_id' = any(%(orders)s))
        union
        select visitor_id, person_id from serving.visitor_persons where person_id = any(%(pseudonyms)s)
    ),

    theirs as (select distinct anonymous_id from seen)

    select anonymous_id from theirs
    where
        not exists (
            select from raw_clickstream.events as events
            where events.anonymous_id = theirs.anonymous_id and events.user_id <> all(%(pseudonyms)s)
        )
        and not exists (
            select from serving.visitor_persons as persons
            where persons.visitor_id = theirs.anonymous_id and persons.person_id <> all(%(pseudonyms)s)
        )
"""


class Subject(msgspec.Struct, frozen=True):
    """Customers, one or more: numbers, pseudonyms of warehouse and clicks, and the visitor ids that are nobody else's.

    Without numbers and pseudonyms: visitors of whom is no longer known who they were.
    """

    customer_ids: list[str]
    pseudonyms: list[str]
    visitors: list[str]
    erased_before: datetime

    @property
    def in_clicks(self) -> list[str]:
        """Every value by which a visitor column names the person: a server's events have the pseudonym there."""
        return [*self.visitors, *self.pseudonyms]

    @property
    def identifiers(self) -> list[tuple[Kind, str]]:
        """What the suppression list must know."""
        return [
            *(("customer", number) for number in self.customer_ids),
            *(("visitor", value) for value in self.in_clicks),
        ]


def find_subject(
    connection: psycopg.Connection,
    customer_ids: Sequence[str],
    key: str,
    shop_platform: str,
    erased_before: datetime,
    in_archive: Iterable[tuple[str, str]] = (),
) -> Subject:
    """The identifiers of customers of the shop, also of such that the shop no longer has.

    `key` is the pseudonym key, `in_archive` which visitors were which customers in archived days. Raises psycopg.Error.
    """
    customers = list(customer_ids)
    in_clicks = [name for number in customers for name in every_pseudonym(number, key)]
    known = connection.execute(NAMES, {"customers": customers, "in_clicks": in_clicks}).fetchall()
    pseudonyms = sorted({*in_clicks, *(name for (name,) in known)})
    found = connection.execute("select to_regclass('raw_shop.orders') is not null").fetchone()
    orders = _orders(connection, customers, shop_platform) if found and found[0] else []
    rows = connection.execute(VISITORS, {"pseudonyms": pseudonyms, "orders": orders}).fetchall()
    visitors = {visitor for (visitor,) in rows}
    owners: dict[str, set[str]] = {}
    for visitor, owner in in_archive:
        owners.setdefault(visitor, set()).add(owner)
    visitors |= {visitor for visitor, of in owners.items() if of <= set(pseudonyms)}
    shared = {visitor for visitor, of in owners.items() if not of <= set(pseudonyms)}
    return Subject(customers, pseudonyms, sorted(visitors - shared - set(pseudonyms)), erased_before)


def _orders(connection: psycopg.Connection, customers: list[str], shop_platform: str) -> list[str]:
    number = {"shopify": "id", "magento": "entity_id"}[shop_platform]
    query = f"select {number}::text from raw_shop.orders where ({CUSTOMER_OF_ORDER[shop_platform]})::text = any(%s)"
    return [order for (order,) in connection.execute(query.encode(), [customers])]
