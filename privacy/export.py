"""A person's data as they get it: every row about them and nobody else's, as JSON and as a page to read."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from privacy.data_map import data_map
from privacy.person_rows import rows_about
from privacy.subject import Subject

Rows = dict[str, list[dict[str, Any]]]  # table -> rows

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Your data</title>
<style>body {{font: 1rem sans-serif; margin: 2rem}} td, th {{border: 1px solid #ccc; padding: .3rem; text-align: left;
vertical-align: top}} table {{border-collapse: collapse; margin-bottom: 2rem; display: block; overflow-x: auto}}</style>
<h1>Your data</h1><p>Customer {customer}, as stored on {day}. Empty fields are left out.</p>
{tables}</html>
"""


def export_person(connection: psycopg.Connection, subject: Subject, shop_rows: Rows) -> Rows:
    """Every row that carries the person's own number or pseudonym; `shop_rows`: those of raw_shop.

    Raises psycopg.Error.
    """
    found = dict(shop_rows)
    for table in ("pii.customer_pseudonyms", "pii.click_pseudonyms"):
        query = f"select to_jsonb(names) from {table} as names where customer_pseudonym = any(%s)"
        if rows := connection.execute(query.encode(), [subject.pseudonyms]).fetchall():
            found[table] = [row for (row,) in rows]
    return found | dict(rows_about(connection, subject))


def write_export(folder: Path, subject: Subject, rows: Rows, at: datetime) -> tuple[Path, Path]:
    """Write `data.json` and `data.html`, readable by this user only; returns their paths."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = folder / "data.json", folder / "data.html"
    content = {"customer_id": ", ".join(subject.customer_ids), "exported_at": at, "tables": rows}
    for file, text in zip(
        files, (msgspec.json.format(msgspec.json.encode(content)), _page(subject, rows, at).encode()), strict=True
    ):
        file.touch(mode=0o600)
        file.write_bytes(text)
    return files


def _page(subject: Subject, rows: Rows, at: datetime) -> str:
    tables = "\n".join(_table(name, found) for name, found in rows.items())
    return PAGE.format(customer=html.escape(", ".join(subject.customer_ids)), day=f"{at:%Y-%m-%d}", tables=tables)


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    why = ""
    if rule := data_map().rule_of(name):
        reasons = [html.escape(text) for text in (rule.purpose, rule.ground, rule.term)]
        why = "<p>For {}; ground: {}; kept: {}.</p>".format(*reasons)
    columns = [column for column in rows[0] if any(row.get(column) not in (None, "", [], {}) for row in rows)]
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{_value(row.get(column))}</td>' for column in columns)}</tr>" for row in rows)
    return f"<h2>{html.escape(name)}</h2>{why}<table><tr>{head}</tr>{body}</table>"


def _value(value: Any) -> str:
    if value is None:
        return ""
    return html.escape(value if isinstance(value, str) else msgspec.json.encode(value).decode())
