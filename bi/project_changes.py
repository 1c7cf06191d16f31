"""What a change of the dbt project breaks for those who read its marts, from two manifests: before it and after.

Marts are contracts: a table or column that is gone, another type, or a value that may be missing now breaks a reader.
In the other layers it is told and breaks nobody, because the project itself builds on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bi.metrics import Metric

Manifest = dict[str, Any]
Node = dict[str, Any]
TABLES = ("model", "snapshot", "seed")


@dataclass(frozen=True, slots=True)
class ProjectChanges:
    """Sentences, sorted: what breaks a reader, what else changed, and lines that came (+) or went (-) in the graph."""

    breaking: list[str]
    other: list[str]
    graph: list[str]


def project_changes(before: Manifest, after: Manifest, metrics: Iterable[Metric]) -> ProjectChanges:
    """Compare two manifests. `metrics` are those that read the marts now."""
    old, new = _tables(before), _tables(after)
    listed = list(metrics)
    breaking: list[str] = []
    other: list[str] = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            other.append(f"{name} is new, with {len(new[name]['columns'])} columns")
            continue
        told = breaking if _is_mart(old[name]) else other
        if name not in new:
            told.append(f"{name} is gone{_read_by(old[name], before, listed)}")
            continue
        for what, column in _changed_columns(old[name], new[name]):
            told.append(f"{name}: {what}{_read_by(old[name], before, listed, column)}")
        added = new[name]["columns"].keys() - old[name]["columns"].keys()
        other += [f"{name}: {column} is new" for column in sorted(added)]
        if _source(old[name]) != _source(new[name]):
            other.append(f"{name} is computed otherwise")
    return ProjectChanges(breaking, sorted(other), _graph(before, after))


def _tables(manifest: Manifest) -> dict[str, Node]:
    nodes = manifest["nodes"].values()
    return {f"{node['schema']}.{node['name']}": node for node in nodes if node["resource_type"] in TABLES}


def _is_mart(node: Node) -> bool:
    return bool(node["schema"] == "marts")


def _changed_columns(old: Node, new: Node) -> Iterator[tuple[str, str]]:
    for column, was in sorted(old["columns"].items()):
        now = new["columns"].get(column)
        if now is None:
            yield f"{column} is gone", column
        elif was["data_type"] != now["data_type"]:
            yield f"{column} is {now['data_type']} and was {was['data_type']}", column
        elif _is_never_null(was) and not _is_never_null(now):
            yield f"{column} may be null and never was", column


def _is_never_null(column: Node) -> bool:
    return any(constraint["type"] in ("not_null", "primary_key") for constraint in column["constraints"])


def _source(node: Node) -> Any:
    """What a table is made of: its SQL, without what only its looks change; of a seed, its content."""
    checksum = node["checksum"]["checksum"]
    return " ".join(node["raw_code"].split()) if node["raw_code"] else checksum


def _read_by(table: Node, manifest: Manifest, metrics: list[Metric], column: str = "") -> str:
    """Who reads the table, or this column of it as far as one can tell: exposures name whole tables."""
    readers = [f"metric {metric.name}" for metric in metrics if metric.mart == table["name"] and _names(metric, column)]
    for child in manifest["child_map"].get(table["unique_id"], []):
        kind, _, name = child.split(".", 2)
        if kind == "exposure":
            readers.append(f"exposure {name}")
        elif kind in TABLES and _has_word(manifest["nodes"][child]["raw_code"], column):
            readers.append(f"{kind} {name}")
    return f"; read by {', '.join(sorted(readers))}" if readers else ""


def _names(metric: Metric, column: str) -> bool:
    code = " ".join(metric.expression(in_shop_currency=shops) for shops in (True, False))
    return _has_word(f"{code} {metric.where} {metric.day or ''}", column)


def _has_word(code: str, word: str) -> bool:
    return not word or re.search(rf"\b{re.escape(word)}\b", code) is not None


def _graph(before: Manifest, after: Manifest) -> list[str]:
    old, new = set(_edges(before)), set(_edges(after))
    came = [f"+ {parent} → {child}" for parent, child in new - old]
    return sorted(f"- {parent} → {child}" for parent, child in old - new) + sorted(came)


def _edges(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for child, parents in manifest["parent_map"].items():
        kind, _, name = child.split(".", 2)
        if kind in (*TABLES, "exposure"):
            for parent in parents:
                yield parent.split(".", 2)[2], name
