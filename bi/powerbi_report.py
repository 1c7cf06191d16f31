"""The pages of the Power BI report in Microsoft's PBIR: one file a visual, each a metric over a column of its mart."""

from __future__ import annotations

import json
from typing import Any

from bi.metrics import load_metrics
from bi.sheets import PAGES, Sheet

SCHEMA = "https://developer.microsoft.com/json-schemas/fabric/item/report/definition"
WIDTH, HEIGHT = 1280, 720
VISUALS = {"Line": "lineChart", "Bar": "clusteredBarChart"}


def report_files(model: str) -> dict[str, str]:
    """Return the report's files by their places in its folder; `model` is where its semantic model is."""
    files: dict[str, Any] = {
        "definition.pbir": {"version": "4.0", "datasetReference": {"byPath": {"path": model}}},
        "definition/version.json": {"$schema": f"{SCHEMA}/versionMetadata/1.0.0/schema.json", "version": "2.0.0"},
        "definition/report.json": {
            "$schema": f"{SCHEMA}/report/1.0.0/schema.json",
            "themeCollection": {},
            "layoutOptimization": "None",
        },
        "definition/pages/pages.json": {
            "$schema": f"{SCHEMA}/pagesMetadata/1.0.0/schema.json",
            "pageOrder": [_name(page) for page in PAGES],
            "activePageName": _name(next(iter(PAGES))),
        },
    }
    for page, sheets in PAGES.items():
        folder = f"definition/pages/{_name(page)}"
        files[f"{folder}/page.json"] = {
            "$schema": f"{SCHEMA}/page/1.0.0/schema.json",
            "name": _name(page),
            "displayName": page,
            "displayOption": "FitToPage",
            "height": HEIGHT,
            "width": WIDTH,
        }
        for place, sheet in enumerate(sheets):
            files[f"{folder}/visuals/{_name(sheet.title)}/visual.json"] = _visual(sheet, place, len(sheets))
    return {place: to_json(content) for place, content in files.items()}


def _visual(sheet: Sheet, place: int, count: int) -> dict[str, Any]:
    """Return a chart: the page's first one across the top, the others side by side below."""
    width = WIDTH if place == 0 else WIDTH // (count - 1)
    return {
        "$schema": f"{SCHEMA}/visualContainer/1.0.0/schema.json",
        "name": _name(sheet.title),
        "position": {
            "x": 0 if place == 0 else (place - 1) * width,
            "y": 0 if place == 0 else HEIGHT // 2,
            "z": place,
            "width": width,
            "height": HEIGHT // 2,
            "tabOrder": place,
        },
        "visual": {
            "visualType": VISUALS[sheet.mark],
            "query": {
                "queryState": {
                    "Category": {"projections": [_projection("Column", sheet.mart, sheet.over)]},
                    "Y": {"projections": [_projection("Measure", sheet.mart, load_metrics()[sheet.metric].label)]},
                }
            },
        },
    }


def _projection(kind: str, table: str, name: str) -> dict[str, Any]:
    field = {kind: {"Expression": {"SourceRef": {"Entity": table}}, "Property": name}}
    return {"field": field, "queryRef": f"{table}.{name}", "nativeQueryRef": name}


def _name(title: str) -> str:
    return title.lower().replace(" ", "_")


def to_json(content: object) -> str:
    """Return the content as the text of a file."""
    return json.dumps(content, indent=2) + "\n"
