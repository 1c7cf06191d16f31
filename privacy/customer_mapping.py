"""pii.customer_pseudonyms and pii.click_pseudonyms: under which name the warehouse and the clicks know a customer.

The warehouse's name is random and never changes. Clicks have a keyed one (privacy/pseudonym.py), another after each
rotation of the key.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

import psycopg

from privacy.pseudonym import PSEUDONYM_LENGTH, every_pseudonym, keys_of, later_pseudonyms, version_of

# how an order of each shop platform names its customer
CUSTOMER_OF_ORDER = {"shopify": "(customer ->> 'id')::bigint", "magento": "customer_id"}
LOCK = "pii.click_pseudonyms"  # two at once would give one customer two names
ADD = """
    insert into pii.click_pseudonyms (click_pseudonym, customer_pseudonym, key_version, seen_at)
    select * from unnest(%s::text[], %s::text[], %s::int[], %s::timestamptz[])
    on conflict do nothing
"""
# Names in clicks since the last time. The hour covers a landing that had begun before and was committed after it; the
# time is asked first, because from a subquery Postgres would expect a third of all rows.
SEEN_UNTIL = "select coalesce(max(seen_at) - interval '1 hour', '-infinity')::text from pii.click_pseudonyms"
SEEN = """
    select user_id, max(landed_at) from raw_clickstream.events
    where landed_at >= %s::timestamptz and user_id is not null
    group by user_id
"""
NOTE_SEEN = """
    update pii.click_pseudonyms as known set seen_at = seen.at
    from unnest(%s::text[], %s::timestamptz[]) as seen (name, at)
    where known.click_pseudonym = seen.name and seen.at > coalesce(known.seen_at, '-infinity')
"""
WITHOUT_NEWEST = """
    select click_pseudonym, customer_pseudonym, seen_at from pii.click_pseudonyms as older
    where
        key_version < %(version)s
        and not exists (
            select from pii.click_pseudonyms as newest
            where newest.customer_pseudonym = older.customer_pseudonym and newest.key_version = %(version)s
        )
"""

Names = dict[str, str]  # in clicks -> in the warehouse


class PseudonymKeyError(RuntimeError):
    """The key is not the one of the clicks; the message says what to set."""


def map_customers(database_url: str, key: str, shop_platform: str = "shopify") -> int:
    """Give each customer of the shop their names, in the warehouse and in clicks; returns how many are new.

    Customers are those of the shop and those its orders name: an order may be read before its new customer is.
    Raises psycopg.Error, also when raw_shop.customers or raw_shop.orders does not exist yet.
    """
    with psycopg.connect(database_url) as connection:
        _lock(connection)
        rows = connection.execute(
            f"""
            with named as (
                select id as customer_id from raw_shop.customers
                union
                select {CUSTOMER_OF_ORDER[shop_platform]} from raw_shop.orders
            )
            select named.customer_id, known.customer_pseudonym
            from named
            left join pii.customer_pseudonyms as known on named.customer_id = known.customer_id
            where
                named.customer_id is not null
                and not exists (
                    select from pii.click_pseudonyms as in_clicks
                    where in_clicks.customer_pseudonym = known.customer_pseudonym
                )
            """.encode()
        ).fetchall()
        names = {customer_id: every_pseudonym(str(customer_id), key) for customer_id, _ in rows}
        seen = _known(connection, (name for some in names.values() for name in some))
        new = {customer_id: _of_one(names[customer_id], seen) for customer_id, known in rows if known is None}
        connection.execute(
            "insert into pii.customer_pseudonyms (customer_id, customer_pseudonym)"
            " select * from unnest(%s::bigint[], %s::text[])",
            [list(new), list(new.values())],
        )
        mapped = {customer_id: known or new[customer_id] for customer_id, known in rows}
        _add(connection, {name: mapped[customer_id] for customer_id, some in names.items() for name in some}, {})
    return len(new)


def map_clicks(database_url: str, key: str) -> int:
    """Give a name in the warehouse to whoever has landed clicks and no such name yet; returns how many names are new.

    Who is no customer of the shop yet is one by and by, and keeps it. After a rotation everybody gets the newest name
    in clicks, before or after they use it. Raises PseudonymKeyError when `key` lacks a key of the clicks,
    psycopg.Error.
    """
    with psycopg.connect(database_url) as connection:
        _lock(connection)
        new_count = _renew(connection, key)  # first: a newest name that is seen may be of somebody known
        since = connection.execute(SEEN_UNTIL).fetchone()
        seen: dict[str, datetime] = dict(connection.execute(SEEN, since).fetchall())
        _require_every_key(seen, key)
        names = {name: [name, *later_pseudonyms(name, key)] for name in seen.keys() - _known(connection, seen).keys()}
        named = _known(connection, (name for some in names.values() for name in some))
        for some in names.values():  # an older and a newer name of one person may both be new
            named |= dict.fromkeys(some, _of_one(some, named))
        new_count += _add(connection, named, {name: seen[first] for first, some in names.items() for name in some})
        connection.execute(NOTE_SEEN, [list(seen), list(seen.values())])
    return new_count


def _lock(connection: psycopg.Connection) -> None:
    connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [LOCK])


def _renew(connection: psycopg.Connection, key: str) -> int:
    """Add the newest names of all who have only older ones; returns how many."""
    rows = connection.execute(WITHOUT_NEWEST, {"version": len(keys_of(key))}).fetchall()
    names: Names = {}
    seen: dict[str, datetime | None] = {}
    for older, mapped, seen_at in rows:
        for name in later_pseudonyms(older, key):
            names[name], seen[name] = mapped, seen_at
    return _add(connection, names, seen)


def _require_every_key(names: Iterable[str], key: str) -> None:
    needed, given = max(map(version_of, names), default=1), len(keys_of(key))
    if needed > given:
        raise PseudonymKeyError(
            f"Clicks name customers by {needed} keys, and COMPTOIR_PSEUDONYM_KEY holds {given} here: give this process "
            "the same keys as the collector (docs/privacy.md, Rotation), and start it again."
        )


def _known(connection: psycopg.Connection, names: Iterable[str]) -> Names:
    query = "select click_pseudonym, customer_pseudonym from pii.click_pseudonyms where click_pseudonym = any(%s)"
    return dict(connection.execute(query, [list(names)]).fetchall())


def _of_one(names: Iterable[str], known: Mapping[str, str]) -> str:
    """The warehouse's name of a person with these names in clicks; a new one if none of them is known."""
    found = next((known[name] for name in names if name in known), None)
    return found or secrets.token_hex(PSEUDONYM_LENGTH // 2)


def _add(connection: psycopg.Connection, names: Names, seen: Mapping[str, datetime | None]) -> int:
    versions, times = [version_of(name) for name in names], [seen.get(name) for name in names]
    return connection.execute(ADD, [list(names), list(names.values()), versions, times]).rowcount
