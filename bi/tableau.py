"""The BI team's Tableau files: one data source per mart (.tds) and a workbook (.twb).

Columns, types and descriptions are read from the database, so the files describe the marts as they are now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, indent

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bi.metrics import load_metrics
from bi.tableau_datasource import Column, Mart, Server, datasource
from bi.tableau_marts import MARTS
from bi.tableau_workbook import workbook

COLUMNS = """
    select attribute.attname, format_type(attribute.atttypid, null),
        col_description(attribute.attrelid, attribute.attnum), format_type(attribute.atttypid, attribute.atttypmod)
    from pg_attribute as attribute
    where attribute.attrelid = to_regclass(%s) and attribute.attnum > 0 and not attribute.attisdropped
        and has_column_privilege(attribute.attrelid, attribute.attnum, 'select')
    order by attribute.attnum
"""


class MartMissing(Exception):
    """A mart that the files describe does not exist yet, or the role may not read it."""


@dataclass(frozen=True, slots=True)
class TableauFiles:
    """The files written: data sources by mart, and the workbook."""

    datasources: dict[str, Path]
    workbook: Path


def describe_marts(database_url: str) -> list[Mart]:
    """Read names, types and descriptions of the columns of `MARTS`, as the role of `database_url` sees them.

    Raises MartMissing.
    """
    marts = []
    with psycopg.connect(database_url) as connection:
        for name, caption in MARTS.items():
            rows = connection.execute(COLUMNS, [f"marts.{name}"]).fetchall()
            if not rows:
                raise MartMissing(f"marts.{name} does not exist or may not be read: build the marts first.")
            metrics = tuple(metric for metric in load_metrics().values() if metric.mart == name)
            columns = tuple(Column(column, kind, words, _digits(full)) for column, kind, words, full in rows)
            marts.append(Mart(name, caption, columns, metrics))
    return marts


def _digits(full_type: str) -> tuple[int, int] | None:
    """Return 18 and 3 of `numeric(18,3)`, None of a type without them."""
    found = re.fullmatch(r"numeric\((\d+),(\d+)\)", full_type)
    return (int(found[1]), int(found[2])) if found else None


def write_workbook(database_url: str, folder: Path) -> TableauFiles:
    """Write the .tds and .twb files that connect to `database_url` (without its password) into `folder`.

    Raises MartMissing.
    """
    address = conninfo_to_dict(database_url)
    server = Server(
        str(address.get("host") or "localhost"),
        str(address.get("port") or 5432),
        str(address["dbname"]),
        str(address["user"]),
    )
    return write_files(describe_marts(database_url), server, folder)


def write_files(marts: list[Mart], server: Server, folder: Path) -> TableauFiles:
    """Write the files of these marts into `folder`, which is made when it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    datasources = {
        mart.name: _write(datasource(mart, server, standalone=True), folder / f"{mart.name}.tds") for mart in marts
    }
    return TableauFiles(datasources, _write(workbook(marts, server), folder / "comptoir.twb"))


def _write(root: Element, file: Path) -> Path:
    indent(root)
    # replaced in one step, so that nobody opens half a file
    unfinished = file.with_suffix(".new")
    ElementTree(root).write(unfinished, encoding="utf-8", xml_declaration=True)
    return unfinished.replace(file)
