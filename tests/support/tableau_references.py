"""What a workbook names and does not have: fields, filters, sheets. Tableau's schema does not look at names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree


def broken_references(root: Any) -> list[str]:
    """Return a sentence for each name in the `workbook` element that stands for nothing."""
    return [*_of_sources(root), *_of_sheets(root), *_of_dashboards(root), *_of_actions(root), *_of_windows(root)]


def _sources(root: Any) -> dict[str, set[str]]:
    """Fields by data source."""
    return {one.get("name"): {field.get("name") for field in one.findall("column")}
            for one in root.find("datasources")}  # fmt: skip


def _filters(root: Any) -> dict[str, set[str]]:
    """Columns of the shared filters, `[source].[instance]`, by data source."""
    return {view.get("name"): {one.get("column") for one in view.findall("filter")}
            for view in root.iterfind("shared-views/shared-view")}  # fmt: skip


def _names(root: Any, kind: str) -> list[str]:
    return [one.get("name") for one in root.iterfind(f"{kind}s/{kind}")]


def _of_sources(root: Any) -> Iterator[str]:
    for source in root.find("datasources"):
        connections = {one.get("name") for one in source.iter("named-connection")}
        columns = {one.text for one in source.iter("local-name")}
        for relation in source.iter("relation"):
            if relation.get("connection") not in connections:
                yield f"{source.get('name')} reads by a connection that it lacks: {relation.get('connection')}."
        for field in source.findall("column"):
            formula = "".join(one.get("formula") for one in field.iter("calculation")) or field.get("name")
            for name in set(re.findall(r"\[\w+\]", formula)) - columns:
                yield f"{source.get('name')}: the field {field.get('name')} is of {name}, which no column is."
        fields = {field.get("name") for field in source.findall("column")}
        ordered = [*source.iterfind("drill-paths/drill-path/field")]
        for name in [one.text for one in ordered] + [one.get("name") for one in source.iter("folder-item")]:
            if name not in fields:
                yield f"{source.get('name')}: a hierarchy or folder has {name}, which no field is."
    for view in root.iterfind("shared-views/shared-view"):
        yield from _of_view(view, f"the filters of {view.get('name')}", root)


def _of_view(view: Any, place: str, root: Any) -> Iterator[str]:
    """What filters and sheets have alike: fields of a source, how they are used, and filters on that."""
    instances = set()
    for needs in view.findall("datasource-dependencies"):
        source = needs.get("datasource")
        known = _sources(root).get(source)
        if known is None:
            yield f"{place}: there is no data source {source}."
            continue
        taken = {field.get("name") for field in needs.findall("column")}
        for name in taken - known:
            yield f"{place}: {source} has no field {name}."
        for one in needs.findall("column-instance"):
            instances.add(f"[{source}].{one.get('name')}")
            if one.get("column") not in taken:
                yield f"{place}: {one.get('name')} is made of {one.get('column')}, which is not there."
    for one in view.findall("filter"):
        if one.get("column") not in instances:
            yield f"{place}: a filter on {one.get('column')}, which is not there."
        for group in one.iter("groupfilter"):
            if not one.get("column").endswith(f".{group.get('level')}"):
                yield f"{place}: the filter on {one.get('column')} takes its values from {group.get('level')}."
    for one in [
        *view.iterfind("slices/column"),
        *view.getparent().iterfind("rows"),
        *view.getparent().iterfind("cols"),
    ]:
        if one.text not in instances:
            yield f"{place}: {one.tag} has {one.text}, which is not there."


def _of_sheets(root: Any) -> Iterator[str]:
    for sheet in root.iterfind("worksheets/worksheet"):
        view, place = sheet.find("table/view"), f"sheet {sheet.get('name')}"
        yield from _of_view(view, place, root)
        sliced = {one.text for one in view.iterfind("slices/column")}
        for listed in view.iterfind("datasources/datasource"):
            shared = _filters(root).get(listed.get("name"), set())
            for name in shared ^ sliced:
                yield f"{place}: {name} is a filter of the source or of the sheet, not of both."


def _of_dashboards(root: Any) -> Iterator[str]:
    sheets = _names(root, "worksheet")
    filters = set().union(*_filters(root).values())
    for dashboard in root.iterfind("dashboards/dashboard"):
        place = f"dashboard {dashboard.get('name')}"
        numbers = [zone.get("id") for zone in dashboard.iter("zone")]
        if len(set(numbers)) != len(numbers):
            yield f"{place}: two zones have the same number."
        for zone in dashboard.iter("zone"):
            if zone.get("name") and zone.get("name") not in sheets:
                yield f"{place}: there is no sheet {zone.get('name')}."
            if zone.get("type-v2") == "filter" and zone.get("param") not in filters:
                yield f"{place}: a card of {zone.get('param')}, which is no filter."


def _of_actions(root: Any) -> Iterator[str]:
    shown = {
        dashboard.get("name"): {zone.get("name") for zone in dashboard.iter("zone") if not zone.get("type-v2")}
        for dashboard in root.iterfind("dashboards/dashboard")
    }
    names = [action.get("name") for action in root.iterfind("actions/action")]
    if len(set(names)) != len(names):
        yield "Two actions have the same name."
    for action in root.iterfind("actions/action"):
        place, source = f"action {action.get('caption')}", action.find("source")
        if source.get("worksheet") not in shown.get(source.get("dashboard"), ()):
            yield f"{place}: dashboard {source.get('dashboard')} has no sheet {source.get('worksheet')} to click on."
        parameters = {one.get("name"): one.get("value") for one in action.iter("param")}
        target = parameters.get("target")
        if target not in shown and target not in _names(root, "worksheet"):
            yield f"{place}: there is no {target} to filter."
        elif not shown.get(target, {target}) - {parameters.get("exclude")}:
            yield f"{place}: it filters nothing."
        if parameters.get("exclude") not in shown.get(target, ()):
            yield f"{place}: it leaves out {parameters.get('exclude')}, which {target} has not."


def _of_windows(root: Any) -> Iterator[str]:
    for kind in ("worksheet", "dashboard"):
        windows = {one.get("name") for one in root.iterfind(f"windows/window[@class='{kind}']")}
        for name in windows ^ set(_names(root, kind)):
            yield f"A {kind} or its window is missing: {name}."
    for one in root.iter("viewpoint"):
        if one.get("name") not in _names(root, "worksheet"):
            yield f"A window shows a sheet that is not there: {one.get('name')}."


def mutated(root: Any, path: str, attribute: str | None, value: str) -> Any:
    """Return a copy in which the first element of the path has another attribute, or other text (None).

    Raises AttributeError when there is no such element.
    """
    copy = etree.fromstring(etree.tostring(root))
    element = copy.find(path)
    if attribute is None:
        element.text = value
    else:
        element.set(attribute, value)
    return copy
