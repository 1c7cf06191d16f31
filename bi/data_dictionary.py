"""Writes docs/data-dictionary.md: every mart, metric and exposure, from dbt's manifest and metrics.yml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import json

from bi.metrics import Metric, load_metrics
from comptoir.repository import REPOSITORY

PAGE = REPOSITORY / "docs" / "data-dictionary.md"
MANIFEST = REPOSITORY / "dbt_project" / "target" / "manifest.json"
QUESTIONS = "Example questions:"
UNITS = {"money": "money", "count": "number", "ratio": "share", "score": "mean"}

Node = dict[str, Any]

HEAD = """\
# Data dictionary

What the BI team may build on: the tables of the schema `marts`, the metrics defined on them, and who reads them.
Made by `make docs` from the dbt project and [bi/metrics.yml](../bi/metrics.yml); change those, not this page.

Amounts are without tax and delivery. `…_amount` is in the currency the customer paid in, which the column `currency`
names; `…_shop_amount` is in the shop's own. `…_at` is an instant, `…_date` a day in the shop's time zone. Customers
appear by pseudonym only. Database constraints always hold: a build that would break one fails and the old table stays.
"""


def write_data_dictionary(manifest_file: Path = MANIFEST, page: Path = PAGE) -> Path:
    """Write the page from dbt's manifest and return its path. Raises FileNotFoundError when there is no manifest."""
    page.write_text(data_dictionary(json.decode(manifest_file.read_bytes())))
    return page


def data_dictionary(manifest: Node) -> str:
    """Return the page's text as Markdown; the same project gives the same text."""
    marts = sorted(
        (node for node in manifest["nodes"].values() if node["resource_type"] == "model" and node["schema"] == "marts"),
        key=lambda mart: (mart["meta"]["domain"], mart["name"]),
    )
    parts = [HEAD, _contents(marts)]
    parts += [_mart(mart, manifest) for mart in marts]
    parts += [_metrics(load_metrics().values()), _exposures(manifest)]
    return "\n".join(parts)


def _contents(marts: list[Node]) -> str:
    domains: dict[str, list[str]] = {}
    for mart in marts:
        domains.setdefault(mart["meta"]["domain"], []).append(f"[{mart['name']}](#{mart['name']})")
    lines = [f"- {domain}: {', '.join(links)}" for domain, links in domains.items()]
    return "\n".join([*lines, "- [metrics](#metrics), [who reads them](#who-reads-them)", ""])


def _mart(mart: Node, manifest: Node) -> str:
    grain, questions = _split(mart["description"])
    keys = next(rule["columns"] for rule in mart["constraints"] if rule["type"] == "primary_key")
    checks = [rule["expression"] for rule in mart["constraints"] if rule["type"] == "check"]
    readers = [
        one["label"] for one in manifest["exposures"].values() if mart["unique_id"] in one["depends_on"]["nodes"]
    ]
    lines = [
        f"## {mart['name']}",
        "",
        grain,
        "",
        f"Owner: {mart['meta']['owner']}. Key: {_names(keys)}."
        + (f" Read by: {', '.join(sorted(readers))}." if readers else ""),
        "",
        "Questions it answers: " + questions,
        "",
        "| column | type | null | what it is |",
        "|---|---|---|---|",
        *(_column(column) for column in mart["columns"].values()),
        "",
        "Guarantees:",
        "",
        *(f"- always `{expression}`" for expression in checks),
        *(f"- {words}" for words in _tests(mart, manifest)),
        "",
    ]
    return "\n".join(lines)


def _split(description: str) -> tuple[str, str]:
    text = " ".join(description.split())
    grain, _, questions = text.partition(QUESTIONS)
    grain = grain.removeprefix("Grain - ").strip()
    return grain[:1].upper() + grain[1:], questions.strip()


def _column(column: Node) -> str:
    required = any(rule["type"] == "not_null" for rule in column["constraints"])
    meaning = column["description"].replace("|", "\\|")
    return f"| `{column['name']}` | {column['data_type']} | {'no' if required else 'yes'} | {meaning} |"


def _tests(mart: Node, manifest: Node) -> list[str]:
    """Return the data tests that read the mart, as sentences; what a constraint already says is left out."""
    found = []
    for test in manifest["nodes"].values():
        if test["resource_type"] != "test" or mart["unique_id"] not in test["depends_on"]["nodes"]:
            continue
        words = _in_words(test) if test.get("attached_node") == mart["unique_id"] else None
        if not test.get("test_metadata"):
            words = "tested every day: " + test["name"].removeprefix("assert_").replace("_", " ")
        if words:
            found.append(words)
    return sorted(found)


def _in_words(test: Node) -> str | None:
    given = test["test_metadata"]["kwargs"]
    match test["test_metadata"]["name"]:
        case "relationships":
            other = re.sub(r".*ref\('(\w+)'\).*", r"\1", given["to"])
            return f"each `{given['column_name']}` is a `{given['field']}` of `{other}`"
        case "accepted_values":
            return f"`{given['column_name']}` is one of {', '.join(map(str, given['values']))}"
        case "is_true_of_rows":
            return f"tested every day: `{given['condition']}`"
    return None  # keys and not null are shown above


def _metrics(metrics: Iterable[Metric]) -> str:
    lines = [
        "## Metrics",
        "",
        "The dashboard computes each from its mart with the SQL given here, over the chosen days; Tableau, Power BI",
        "and MetricFlow say the same in their languages. A metric's grain is that of its mart.",
        "`tests/bi/test_metrics.py` compares it with a recount from other tables. `{amount}` is `shop_amount`, or",
        "`amount` for one currency.",
        "",
        "| metric | definition | SQL | unit | good is | owner | Shopify says | GA4 says |",
        "|---|---|---|---|---|---|---|---|",
        *(_metric(metric) for metric in metrics),
        "",
    ]
    return "\n".join(lines)


def _metric(metric: Metric) -> str:
    rows = "" if metric.where == "true" else f", where `{metric.where}`"
    day = f" by `{metric.day}`" if metric.day else ", as it is now"
    sql = f"`{metric.sql}` from [{metric.mart}](#{metric.mart}){day}{rows}"
    return (
        f"| **{metric.label}** `{metric.name}` | {metric.definition} | {sql} | {UNITS[metric.unit]} | {metric.better} "
        f"| {metric.owner} | {metric.shopify or '–'} | {metric.ga4 or '–'} |"
    )


def _exposures(manifest: Node) -> str:
    return "\n".join(["## Who reads them", "", *_exposure_lines(manifest)]) + "\n"


def _exposure_lines(manifest: Node) -> Iterator[str]:
    for exposure in sorted(manifest["exposures"].values(), key=lambda one: str(one["name"])):
        marts = ", ".join(sorted(f"`{node.rpartition('.')[2]}`" for node in exposure["depends_on"]["nodes"]))
        owner = exposure["owner"]["name"]
        yield f"- **{exposure['label']}** ({owner}): {' '.join(exposure['description'].split())} Reads {marts}."


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)
