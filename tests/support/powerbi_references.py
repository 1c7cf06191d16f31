"""What a Power BI project names and does not have: tables, columns, measures, pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bi.marts import contracts

JOINED = re.compile(r"\t(?:from|to)Column: (\w+)\.(\w+)")


def named(text: str, kind: str) -> set[str]:
    """Return the names of a table's columns or measures, as TMDL writes them."""
    return {quoted or bare for quoted, bare in re.findall(rf"^\t{kind} (?:'([^']+)'|(\w+))", text, re.MULTILINE)}


def table_texts(project: Path) -> dict[str, str]:
    """Return the TMDL of each table of the project's model."""
    return {file.stem: file.read_text() for file in project.glob("*.SemanticModel/definition/tables/*.tmdl")}


def broken_references(project: Path) -> list[str]:
    """Return a sentence for each name in the project that stands for nothing."""
    return [*_of_places(project), *_of_model(project), *_of_tables(project), *_of_pages(project)]


def _of_places(project: Path) -> Iterator[str]:
    (start,) = project.glob("*.pbip")
    for artifact in _json(start)["artifacts"]:
        report = project / artifact["report"]["path"]
        if not (report / "definition.pbir").exists():
            yield f"{start.name} opens a report that is not there: {report.name}."
            continue
        model = _json(report / "definition.pbir")["datasetReference"]["byPath"]["path"]
        if not (report / model / "definition.pbism").exists():
            yield f"{report.name} is about a model that is not there: {model}."


def _of_model(project: Path) -> Iterator[str]:
    texts = table_texts(project)
    (definition,) = project.glob("*.SemanticModel/definition")
    listed = set(re.findall(r"^ref table (\w+)", (definition / "model.tmdl").read_text(), re.MULTILINE))
    for name in listed ^ texts.keys():
        yield f"The model lists a table without a file, or has a file that it does not list: {name}."
    for table, column in JOINED.findall((definition / "relationships.tmdl").read_text()):
        if column not in named(texts.get(table, ""), "column"):
            yield f"A relation joins {table}.{column}, which is not there."
    parameters = set(re.findall(r"^expression (\w+)", (definition / "expressions.tmdl").read_text(), re.MULTILINE))
    for table, text in texts.items():
        (server, database), *_ = re.findall(r"PostgreSQL\.Database\((\w+), (\w+)\)", text)
        if not {server, database} <= parameters:
            yield f"{table} is read from {server}, {database}, which are no parameters."


def _of_tables(project: Path) -> Iterator[str]:
    texts = table_texts(project)
    for table, text in texts.items():
        for formula in re.findall(r"^\tmeasure '[^']+' = (.+)$", text, re.MULTILINE):
            if formula.count("(") != formula.count(")"):
                yield f"{table}: a measure does not close what it opens: {formula}."
            for other, column in re.findall(r"'(\w+)'\[(\w+)\]", formula):
                if column not in named(texts.get(other, ""), "column"):
                    yield f"{table}: a measure reads {other}[{column}], which is not there."
            for other in re.findall(r"COUNTROWS\('(\w+)'\)", formula):
                if other not in texts:
                    yield f"{table}: a measure counts {other}, which is not there."
        [source] = re.findall(r'Schema = "marts", Item = "(\w+)"', text)
        columns = contracts()[source].columns if source in contracts() else {}
        for column in re.findall(r"^\t\tsourceColumn: (\w+)", text, re.MULTILINE):
            if column not in columns:
                yield f"{table}.{column} is read from marts.{source}, which has no such column."


def _of_pages(project: Path) -> Iterator[str]:
    texts = table_texts(project)
    (pages,) = project.glob("*.Report/definition/pages")
    listed = _json(pages / "pages.json")
    for name in {*listed["pageOrder"], listed["activePageName"]} ^ {
        page.parent.name for page in pages.glob("*/*.json")
    }:
        yield f"A page or its file is missing: {name}."
    for file in pages.rglob("visual.json"):
        for roles in _json(file)["visual"]["query"]["queryState"].values():
            for shown in roles["projections"]:
                (kind, field), *_ = shown["field"].items()
                table = field["Expression"]["SourceRef"]["Entity"]
                if field["Property"] not in named(texts.get(table, ""), kind.lower()):
                    yield f"{file.parent.name} shows {table}[{field['Property']}], which is no {kind.lower()}."


def _json(file: Path) -> Any:
    return json.loads(file.read_text())
