"""A workbook on the marts for the BI team to build on: a dashboard for each page, of three or four sheets."""

from __future__ import annotations

import uuid
from xml.etree.ElementTree import Element, SubElement

from bi.sheets import PAGES, SHEETS, Sheet
from bi.tableau_datasource import VERSION, Mart, Server, calculated_field, datasource, field


def workbook(marts: list[Mart], server: Server) -> Element:
    """Build the `workbook` element with every mart as a data source."""
    by_name = {mart.name: mart for mart in marts}
    root = Element("workbook", {"source-build": "2026.1.0", "source-platform": "win", "version": VERSION})
    sources = SubElement(root, "datasources")
    sources.extend(datasource(mart, server, standalone=False) for mart in marts)
    worksheets = SubElement(root, "worksheets")
    worksheets.extend(_worksheet(sheet, by_name[sheet.mart]) for sheet in SHEETS)
    dashboards = SubElement(root, "dashboards")
    dashboards.extend(_dashboard(name, sheets) for name, sheets in PAGES.items())
    windows = SubElement(root, "windows")
    for sheet in SHEETS:
        SubElement(SubElement(windows, "window", {"class": "worksheet", "name": sheet.title}), "cards")
    for place, (name, sheets) in enumerate(PAGES.items()):
        shown = {"maximized": "true"} if place == 0 else {}
        window = SubElement(windows, "window", {"class": "dashboard", **shown, "name": name})
        viewpoints = SubElement(window, "viewpoints")
        for sheet in sheets:
            SubElement(viewpoints, "viewpoint", {"name": sheet.title})
        SubElement(window, "active", {"id": "-1"})
    explain = {"enabled-for-viewer": "true", "extreme-values-enabled-for-all": "false"}
    SubElement(SubElement(root, "explain-data", explain), "explanation-types")  # required by the schema
    return root


def _worksheet(sheet: Sheet, mart: Mart) -> Element:
    source = mart.source_name
    column = next(column for column in mart.columns if column.name == sheet.over)
    metric = next(metric for metric in mart.metrics if metric.name == sheet.metric)
    by_day = sheet.mark == "Line"
    over = f"[tdy:{column.name}:qk]" if by_day else f"[none:{column.name}:nk]"
    shown = f"[usr:{metric.name}:qk]"

    worksheet = Element("worksheet", {"name": sheet.title})
    table = SubElement(worksheet, "table")
    view = SubElement(table, "view")
    listed = SubElement(view, "datasources")
    SubElement(listed, "datasource", {"caption": mart.caption, "name": source})
    needs = SubElement(view, "datasource-dependencies", {"datasource": source})
    needed = metric_columns(mart, metric.name)
    fields = [field(one) for one in mart.columns if one.name in needed | {column.name}] + [calculated_field(metric)]
    needs.extend(sorted(fields, key=lambda element: element.get("name", "")))
    SubElement(
        needs,
        "column-instance",
        {
            "column": f"[{column.name}]",
            "derivation": "Day-Trunc" if by_day else "None",
            "name": over,
            "pivot": "key",
            "type": "quantitative" if by_day else "nominal",
        },
    )
    SubElement(
        needs,
        "column-instance",
        {
            "column": f"[{metric.name}]",
            "derivation": "User",
            "name": shown,
            "pivot": "key",
            "type": "quantitative",
        },
    )
    SubElement(view, "aggregation", {"value": "true"})
    SubElement(table, "style")
    pane = SubElement(SubElement(table, "panes"), "pane")
    SubElement(SubElement(pane, "view"), "breakdown", {"value": "auto"})
    SubElement(pane, "mark", {"class": sheet.mark})
    rows, columns = (shown, over) if by_day else (over, shown)
    SubElement(table, "rows").text = f"[{source}].{rows}"
    SubElement(table, "cols").text = f"[{source}].{columns}"
    _identify(worksheet, sheet.title)
    return worksheet


def metric_columns(mart: Mart, metric: str) -> set[str]:
    """Return the names of the mart's columns that a metric's formula reads."""
    calculation = calculated_field(next(one for one in mart.metrics if one.name == metric)).find("calculation")
    text = "" if calculation is None else calculation.get("formula", "")
    return {column.name for column in mart.columns if f"[{column.name}]" in text}


def _dashboard(name: str, sheets: tuple[Sheet, ...]) -> Element:
    """The first sheet across the top, the others side by side below; zones are in 1/100,000 of the page."""
    dashboard = Element("dashboard", {"name": name})
    SubElement(dashboard, "style")
    SubElement(dashboard, "size", {"maxheight": "900", "maxwidth": "1400", "minheight": "700", "minwidth": "1000"})
    zones = SubElement(dashboard, "zones")
    top, *below = sheets
    whole = SubElement(
        zones, "zone", {"id": "1", "type-v2": "layout-basic", "x": "0", "y": "0", "w": "100000", "h": "100000"}
    )
    SubElement(whole, "zone", {"id": "2", "name": top.title, "x": "0", "y": "0", "w": "100000", "h": "50000"})
    width = 100_000 // len(below)
    for place, sheet in enumerate(below):
        SubElement(
            whole,
            "zone",
            {
                "id": str(3 + place),
                "name": sheet.title,
                "x": str(place * width),
                "y": "50000",
                "w": str(width),
                "h": "50000",
            },
        )
    _identify(dashboard, f"dashboard/{name}")
    return dashboard


def _identify(element: Element, name: str) -> None:
    """Give the element an id that depends on its name alone, so that links to it on a Tableau server stay valid."""
    SubElement(element, "simple-id", {"uuid": f"{{{str(uuid.uuid5(uuid.NAMESPACE_URL, f'comptoir/{name}')).upper()}}}"})
