"""Lists of products as rows of Postgres: a row holds a complete list and is replaced by one update."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import psycopg
from msgspec import Struct, json
from msgspec.structs import asdict
from psycopg import sql


class ProductList(Struct):
    """A list, best first: a row of one of the ListTables."""

    key: tuple[str, ...]
    product_ids: Sequence[str]
    scores: Sequence[float]  # of each product
    reasons: Sequence[str]  # of each product, or a single one for all
    model_version: str
    computed_at: datetime  # event time of the newest event that the list knows


@dataclass(frozen=True)
class ListTable:
    """A table in schema serving whose rows are lists; `key` are the columns of its primary key."""

    name: str
    key: tuple[str, ...]

    def replace(self, connection: psycopg.Connection, lists: Iterable[ProductList]) -> int:
        """Replace the list of each key; an empty list removes the row. Returns the number of lists written.

        The lists are sent as one JSON document, which Postgres converts to rows: a fifth of the time of COPY. Raises
        psycopg.errors.CheckViolation for a list that serving.is_list rejects.
        """
        ordered = sorted(lists, key=lambda one: one.key)
        self.remove(connection, [one.key for one in ordered if not one.product_ids])
        full = [one for one in ordered if one.product_ids]
        if full:
            connection.execute(self._upsert(), [json.encode([self._record(one) for one in full]).decode()])
        return len(full)

    def remove(self, connection: psycopg.Connection, keys: Sequence[tuple[str, ...]]) -> None:
        """Remove the lists with these keys."""
        if keys:
            columns = [list(column) for column in zip(*keys, strict=True)]
            connection.execute(
                sql.SQL("delete from {} where ({}) in (select * from unnest({}))").format(
                    self._table, self._key, sql.SQL(", ").join([sql.SQL("%s::text[]")] * len(columns))
                ),
                columns,
            )

    @property
    def _table(self) -> sql.Identifier:
        return sql.Identifier("serving", self.name)

    @property
    def _key(self) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, self.key))

    @cache  # noqa: B019  # of three tables for ever
    def _upsert(self) -> bytes:
        values = [name for name in ProductList.__struct_fields__ if name != "key"]
        return (
            sql.SQL(
                "insert into {table} ({key}, {columns}) select {key}, {columns}"
                " from json_populate_recordset(null::{table}, %s::json)"
                " on conflict ({key}) do update set ({columns}) = ({excluded})"
            )
            .format(
                table=self._table,
                key=self._key,
                columns=sql.SQL(", ").join(map(sql.Identifier, values)),
                excluded=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in values),
            )
            .as_bytes()
        )

    def _record(self, one: ProductList) -> dict[str, object]:
        return asdict(one) | dict(zip(self.key, one.key, strict=True))  # Postgres ignores `key`, which is no column


VISITOR_LISTS = ListTable("recommendation_lists", ("visitor_id", "slot"))
NEIGHBOUR_LISTS = ListTable("neighbour_lists", ("product_id", "kind"))
TRENDING_LISTS = ListTable("trending_lists", ("category",))
