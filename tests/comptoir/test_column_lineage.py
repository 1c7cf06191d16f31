"""What columns are made of, read from SQL as dbt compiles it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from comptoir.column_lineage import column_lineage
from comptoir.dbt_runner import COLUMN_LINEAGE, PROJECT

RAW = "source.shop.raw.orders"


def node(name: str, sql: str, parents: list[str]) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "database": "db",
        "schema": "marts",
        "alias": name,
        "columns": {},
        "depends_on": {"nodes": parents},
        "compiled_code": sql,
    }


def lineage_of(sql: str) -> dict[str, list[tuple[str, str]]]:
    """Of one model on one source, of which nothing is known."""
    source = {"database": "db", "schema": "raw", "identifier": "orders", "columns": {}}
    manifest = {"sources": {RAW: source}, "nodes": {"model.shop.m": node("m", sql, [RAW])}}
    return column_lineage(manifest)["model.shop.m"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select id::text as order_id from db.raw.orders", {"order_id": ["id"]}),
        # a star of a table whose columns are not known
        ("with s as (select * from db.raw.orders), f as (select a + b as c from s) select * from f", {"c": ["a", "b"]}),
        # a name that a step between gave is not a column of the table
        ("with s as (select *, a || b as c from db.raw.orders) select c from s", {"c": ["a", "b"]}),
        # sqlglot takes the arrow within a function for a lambda
        ("select left(context -> 'page' ->> 'path', 9) as path from db.raw.orders", {"path": ["context"]}),
        # rows that a function makes of a column, and then of such a row
        (
            "with l as (select lines.line from db.raw.orders as o, lateral jsonb_path_query(o.items, '$[*]') as "
            "lines (line)) "
            "select (select sum(t.tax::int) from jsonb_path_query(line, '$.tax') as t (tax)) as tax from l",
            {"tax": ["items"]},
        ),
        ("select count(*) as orders_count from db.raw.orders", {"orders_count": []}),
    ],
)
def test_columns_of_one_model(sql: str, expected: dict[str, list[str]]) -> None:
    assert lineage_of(sql) == {column: [(RAW, name) for name in names] for column, names in expected.items()}


@pytest.mark.parametrize("platform", ["shopify", "magento"])
def test_every_column_of_the_project_has_its_lineage(platform: str) -> None:
    """As `comptoir dbt parse` wrote it, beside the manifest."""
    target = PROJECT / "target" / platform
    lineage = json.loads((target / COLUMN_LINEAGE).read_bytes())
    nodes = json.loads((target / "manifest.json").read_bytes())["nodes"]
    tables = {name: one for name, one in nodes.items() if one["resource_type"] in ("model", "snapshot")}
    assert lineage.keys() == tables.keys()
    for name, table in tables.items():
        assert table["columns"].keys() <= lineage[name].keys(), name
        assert {parent for column in lineage[name].values() for parent, _ in column} <= set(
            table["depends_on"]["nodes"]
        )

    assert lineage["model.comptoir.stg_clickstream__events"]["customer_pseudonym"] == [
        ["source.comptoir.pii.click_pseudonyms", "customer_pseudonym"],
        ["source.comptoir.raw_clickstream.events", "user_id"],
    ]
    made = [column for columns in lineage.values() for column, parents in columns.items() if parents]
    all_columns = [column for columns in lineage.values() for column in columns]
    assert len(made) > 0.94 * len(all_columns), "the rest are counts of rows, days of the calendar and constants"
