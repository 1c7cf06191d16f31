"""A workbook on the marts for the BI team to build on: a dashboard for each page, of three or four sheets."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from bi.sheets import PAGES, SHEETS, Sheet
from bi.tableau_dashboard import actions, dashboard, identify
from bi.tableau_datasource import VERSION, Extract, Mart, Server, calculated_field, datasource, field
from bi.tableau_filters import column_instance, filters_of, shared_view


def workbook(marts: list[Mart], server: Server | Extract) -> Element:
    """Build the `workbook` element with every mart as a data source, live or of its package's extract."""
    by_name = {mart.name: mart for mart in marts}
    root = Element("workbook", {"source-build": "2026.1.0", "source-platform": "win", "version": VERSION})
    sources = SubElement(root, "datasources")
    sources.extend(datasource(mart, server, standalone=False) for mart in marts)
    SubElement(root, "shared-views").extend(shared_view(mart) for mart in marts if filters_of(mart))
    root.append(actions(PAGES))
    worksheets = SubElement(root, "worksheets")
    worksheets.extend(_worksheet(sheet, by_name[sheet.mart]) for sheet in SHEETS)
    dashboards = SubElement(root, "dashboards")
    dashboards.extend(dashboard(name, sheets, by_name) for name, sheets in PAGES.items())
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
    filters = filters_of(mart)
    needed = metric_columns(mart, metric.name) | {column.name} | {one.column.name for one in filters}
    fields = [field(one) for one in mart.columns if one.name in needed] + [calculated_field(metric)]
    needs.extend(sorted(fields, key=lambda element: element.get("name", "")))
    instances = {
        over: column_instance(
            column.name, "Day-Trunc" if by_day else "None", over, "quantitative" if by_day else "nominal"
        ),
        shown: column_instance(metric.name, "User", shown, "quantitative"),
        **{one.instance: one.column_instance() for one in filters},
    }
    needs.extend(instances.values())
    if filters:
        slices = SubElement(view, "slices")
        for one in filters:
            SubElement(slices, "column").text = f"[{source}].{one.instance}"
    SubElement(view, "aggregation", {"value": "true"})
    SubElement(table, "style")
    pane = SubElement(SubElement(table, "panes"), "pane")
    SubElement(SubElement(pane, "view"), "breakdown", {"value": "auto"})
    SubElement(pane, "mark", {"class": sheet.mark})
    rows, columns = (shown, over) if by_day else (over, shown)
    SubElement(table, "rows").text = f"[{source}].{rows}"
    SubElement(table, "cols").text = f"[{source}].{columns}"
    identify(worksheet, sheet.title)
    return worksheet


def metric_columns(mart: Mart, metric: str) -> set[str]:
    """Return the names of the mart's columns that a metric's formula reads."""
    calculation = calculated_field(next(one for one in mart.metrics if one.name == metric)).find("calculation")
    text = "" if calculation is None else calculation.get("formula", "")
    return {column.name for column in mart.columns if f"[{column.name}]" in text}
