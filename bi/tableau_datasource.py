"""Tableau's description of one mart: connection, typed columns, and the metrics as calculated fields.

Format: the public XML schema of Tableau workbooks, 2026.1. No password is written: Tableau asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from bi.metrics import Metric
from bi.tableau_formula import tableau_formula

VERSION = "18.1"  # of the document format, what Tableau 2018.1 and later read
CONNECTION = "postgres.reporter"

# Postgres type -> (Tableau type, OLE DB code that Tableau keeps as the remote type)
TYPES = {
    "text": ("string", "130"),
    "jsonb": ("string", "130"),
    "date": ("date", "7"),
    "timestamp with time zone": ("datetime", "7"),
    "boolean": ("boolean", "11"),
    "integer": ("integer", "3"),
    "bigint": ("integer", "20"),
    "numeric": ("real", "131"),
    "double precision": ("real", "5"),
}
DAYS = ("date", "timestamp with time zone")
# from the widest level down
HIERARCHIES = {
    "Product": ("department", "category", "brand", "title"),
    "Visit": ("channel", "device_type"),
    "Recommendation": ("recommendation_slot", "algorithm"),
    "Model": ("schema_name", "model_name"),
}
FIGURE_NAMES = ("_amount", "_count")
FORMATS = {"money": "n#,##0.00", "count": "n#,##0", "ratio": "p0.0%", "score": "n0.00"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a mart; `postgres_type` is without its precision, which `digits` has: in all, and of a fraction."""

    name: str
    postgres_type: str
    description: str | None = None
    digits: tuple[int, int] | None = None

    @property
    def tableau_type(self) -> str:
        """Tableau's type. Raises KeyError for a Postgres type that `TYPES` lacks."""
        return TYPES[self.postgres_type][0]

    @property
    def is_measure(self) -> bool:
        """True for amounts and counts, which authors add up."""
        return self.name.endswith(FIGURE_NAMES)


@dataclass(frozen=True, slots=True)
class Server:
    """The database with the marts, and the role that reads them."""

    host: str
    port: str
    database: str
    user: str


@dataclass(frozen=True, slots=True)
class Extract:
    """An extract that lies in the workbook's own package, at `place`."""

    place: str


@dataclass(frozen=True, slots=True)
class Mart:
    """A mart as a data source; `metrics` are those that `bi/metrics.yml` defines on it."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    metrics: tuple[Metric, ...]

    @property
    def source_name(self) -> str:
        """The data source's name inside Tableau documents."""
        return f"federated.{self.name}"


def datasource(mart: Mart, server: Server | Extract, *, standalone: bool) -> Element:
    """Build the `datasource` element: the root of a .tds file, or (`standalone` false) a part of a workbook.

    Raises ValueError when a metric's SQL has no translation to Tableau.
    """
    name = "formatted-name" if standalone else "name"
    root = Element(
        "datasource", {name: mart.source_name, "caption": mart.caption, "inline": "true", "version": VERSION}
    )
    connection = SubElement(root, "connection", {"class": "federated"})
    named = SubElement(connection, "named-connections")
    caption = server.host if isinstance(server, Server) else server.place
    one = SubElement(named, "named-connection", {"caption": caption, "name": CONNECTION})
    SubElement(one, "connection", _connection(server))
    SubElement(
        connection,
        "relation",
        {
            "connection": CONNECTION,
            "name": mart.name,
            "table": f"[marts].[{mart.name}]",
            "type": "table",
        },
    )
    records = SubElement(connection, "metadata-records")
    for ordinal, column in enumerate(mart.columns, start=1):
        records.append(_metadata(column, mart.name, ordinal))
    root.extend(field(column) for column in mart.columns)
    root.extend(calculated_field(metric) for metric in mart.metrics)
    root.extend(drill_paths(mart))
    root.append(folders(mart))
    return root


def _connection(server: Server | Extract) -> dict[str, str]:
    if isinstance(server, Extract):
        return {"authentication": "auth-none", "class": "hyper", "dbname": server.place, "schema": "marts"}
    return {
        "class": "postgres",
        "authentication": "username-password",
        "server": server.host,
        "port": server.port,
        "dbname": server.database,
        "username": server.user,
        "schema": "marts",
    }


def drill_paths(mart: Mart) -> list[Element]:
    """Build the hierarchies that the mart has at least two levels of, in an element; none without one."""
    names = {column.name for column in mart.columns}
    found = {name: [one for one in levels if one in names] for name, levels in HIERARCHIES.items()}
    paths = Element("drill-paths")
    for name, levels in found.items():
        if len(levels) > 1:
            path = SubElement(paths, "drill-path", {"name": name})
            for level in levels:
                SubElement(path, "field").text = f"[{level}]"
    return [paths] if len(paths) else []


def folders(mart: Mart) -> Element:
    """Build the folders of the data pane: metrics by owner, the amounts and counts that they are made of, the rest."""
    element = Element("folders-common")
    content: dict[str, list[str]] = {}
    for metric in mart.metrics:
        content.setdefault(f"Metrics: {metric.owner}", []).append(metric.name)
    in_path = {str(level.text) for path in drill_paths(mart) for level in path.iter("field")}
    for column in mart.columns:
        if f"[{column.name}]" in in_path:
            continue  # which stands in its hierarchy
        kind = "Amounts and counts" if column.is_measure else "Days" if column.postgres_type in DAYS else "What it is"
        content.setdefault(kind, []).append(column.name)
    for name, fields in content.items():
        folder = SubElement(element, "folder", {"name": name})
        for one in fields:
            SubElement(folder, "folder-item", {"name": f"[{one}]", "type": "field"})
    return element


def _metadata(column: Column, mart: str, ordinal: int) -> Element:
    record = Element("metadata-record", {"class": "column"})
    tableau_type, remote_type = TYPES[column.postgres_type]
    aggregation = "Sum" if column.is_measure else "Year" if tableau_type in ("date", "datetime") else "Count"
    for tag, text in (
        ("remote-name", column.name),
        ("remote-type", remote_type),
        ("local-name", f"[{column.name}]"),
        ("parent-name", f"[{mart}]"),
        ("remote-alias", column.name),
        ("ordinal", str(ordinal)),
        ("local-type", tableau_type),
        ("aggregation", aggregation),
        ("contains-null", "true"),
    ):
        SubElement(record, tag).text = text
    return record


def field(column: Column) -> Element:
    """Build a column as authors see it: measure or dimension, a readable caption, its description."""
    kind = "quantitative" if column.is_measure else "ordinal" if column.tableau_type == "date" else "nominal"
    caption = column.name.removesuffix("_amount").replace("_", " ").capitalize()
    element = Element(
        "column",
        {
            "caption": caption,
            "datatype": column.tableau_type,
            "name": f"[{column.name}]",
            "role": "measure" if column.is_measure else "dimension",
            "type": kind,
        },
    )
    _describe(element, column.description)
    return element


def calculated_field(metric: Metric) -> Element:
    """Build a metric as a calculated field; money is in the shop's currency, because only that may be added up.

    Raises ValueError when its SQL has no translation to Tableau.
    """
    element = Element(
        "column",
        {
            "caption": f"{metric.label} (metric)",
            "datatype": "integer" if metric.unit == "count" else "real",
            "default-format": FORMATS[metric.unit],
            "name": f"[{metric.name}]",
            "role": "measure",
            "type": "quantitative",
        },
    )
    SubElement(element, "calculation", {"class": "tableau", "formula": tableau_formula(metric)})
    _describe(element, f"{metric.definition} Owner: {metric.owner}.")
    return element


def _describe(element: Element, text: str | None) -> None:
    if text:
        described = SubElement(SubElement(element, "desc"), "formatted-text")
        SubElement(described, "run").text = text
