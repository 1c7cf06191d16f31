"""A Power BI project (PBIP) on the marts: a semantic model in TMDL with the metrics as measures, and report pages.

Made of the metrics and the marts' contracts, without a database. Format: Microsoft's TMDL and PBIP, as documented in
2026; no password is written.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

from bi.dax import dax
from bi.marts import MartColumn, MartContract, contracts
from bi.metrics import Metric, load_metrics
from bi.powerbi_report import report_files, to_json

NAME = "comptoir"
DAYS = "dim_days"
PRODUCTS = "dim_products"
# JSON is no column of a model
LEFT_OUT = ("jsonb",)
TYPES = {"text": "string", "date": "dateTime", "timestamptz": "dateTime", "boolean": "boolean", "integer": "int64",
         "bigint": "int64"}  # fmt: skip
FORMATS = {"money": "#,##0.00", "count": "#,##0", "ratio": "0.0%", "score": "0.00"}


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of `table` belong to one row of `other` by their columns."""

    table: str
    column: str
    other: str
    other_column: str


def tables() -> dict[str, list[Metric]]:
    """Return the model's marts with their metrics: those that have one, days and products."""
    found: dict[str, list[Metric]] = {DAYS: [], PRODUCTS: []}
    for metric in load_metrics().values():
        found.setdefault(metric.mart, []).append(metric)
    return found


def relations() -> list[Relation]:
    """Return what joins the tables: each one's days to the days, and its products to the products."""
    found = []
    for mart, metrics in tables().items():
        if metrics and metrics[0].day:
            found.append(Relation(mart, metrics[0].day, DAYS, "day_date"))
        if mart != PRODUCTS and "product_id" in contracts()[mart].columns:
            found.append(Relation(mart, "product_id", PRODUCTS, "product_id"))
    return found


def write_project(folder: Path, server: str, database: str) -> Path:
    """Write the project into `folder` and return the file to open; `server` is host:port."""
    model, report = folder / f"{NAME}.SemanticModel", folder / f"{NAME}.Report"
    definition = model / "definition"
    texts = {
        folder / f"{NAME}.pbip": to_json(
            {
                "version": "1.0",
                "artifacts": [{"report": {"path": report.name}}],
                "settings": {"enableAutoRecovery": True},
            }
        ),
        model / "definition.pbism": to_json({"version": "4.2", "settings": {}}),
        definition / "database.tmdl": "database\n\tcompatibilityLevel: 1600\n",
        definition / "model.tmdl": _model(),
        definition / "expressions.tmdl": _parameter("Server", server) + _parameter("Database", database),
        definition / "relationships.tmdl": "\n".join(map(_relation, relations())),
        **{report / place: text for place, text in report_files(f"../{model.name}").items()},
        **{
            definition / "tables" / f"{mart}.tmdl": table_tmdl(contracts()[mart], metrics)
            for mart, metrics in tables().items()
        },
    }
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder / f"{NAME}.pbip"


def table_tmdl(mart: MartContract, metrics: list[Metric]) -> str:
    """Return a mart as a table of the model: its measures, its columns, and where its rows are."""
    lines = [f"/// {mart.grain}", f"table {mart.name}", f"\tlineageTag: {_tag(mart.name)}"]
    if mart.name == DAYS:
        lines.append("\tdataCategory: Time")
    for metric in metrics:
        lines += ["", *_measure(metric)]
    for column in mart.columns.values():
        if column.data_type not in LEFT_OUT:
            lines += ["", *_column(column, mart)]
    lines += [
        "",
        f"\tpartition {mart.name} = m",
        "\t\tmode: import",
        "\t\tsource =",
        "\t\t\t\tlet",
        "\t\t\t\t\tSource = PostgreSQL.Database(Server, Database),",
        f'\t\t\t\t\tRows = Source{{[Schema = "marts", Item = "{mart.name}"]}}[Data]',
        "\t\t\t\tin",
        "\t\t\t\t\tRows",
        "",
    ]
    return "\n".join(lines)


def _measure(metric: Metric) -> list[str]:
    return [
        f"\t/// {metric.definition} Owner: {metric.owner}.",
        f"\tmeasure '{metric.label}' = {dax(metric)}",
        f"\t\tformatString: {FORMATS[metric.unit]}",
        f"\t\tdisplayFolder: {metric.owner}",
        f"\t\tlineageTag: {_tag(metric.mart, metric.name)}",
    ]


def _column(column: MartColumn, mart: MartContract) -> list[str]:
    is_figure = column.name.endswith(("_amount", "_count"))
    kind = TYPES.get(column.data_type, "decimal")
    lines = [f"\t/// {column.description}", f"\tcolumn {column.name}", f"\t\tdataType: {kind}"]
    if mart.key == (column.name,):
        lines.append("\t\tisKey")
    if column.data_type == "date":
        lines.append("\t\tformatString: yyyy-mm-dd")
    return [
        *lines,
        f"\t\tsummarizeBy: {'sum' if is_figure else 'none'}",
        f"\t\tsourceColumn: {column.name}",
        f"\t\tlineageTag: {_tag(mart.name, column.name)}",
    ]


def _model() -> str:
    lines = ["model Model", "\tculture: en-GB", "\tdefaultPowerBIDataSourceVersion: powerBI_V3", ""]
    return "\n".join([*lines, *(f"ref table {mart}" for mart in tables()), ""])


def _relation(one: Relation) -> str:
    name = _tag(one.table, one.column, one.other)
    return f"relationship {name}\n\tfromColumn: {one.table}.{one.column}\n\ttoColumn: {one.other}.{one.other_column}\n"


def _parameter(name: str, value: str) -> str:
    return f'expression {name} = "{value}" meta [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]\n\n'


def _tag(*names: str) -> str:
    """Return an id that depends on the names alone, so that a project written again is the same project."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("comptoir", *names))))
