"""The filters that all sheets of a data source share: its days, and what its rows can be narrowed by.

As Tableau Desktop writes a filter that is applied to all worksheets of a source: it stands in the workbook's
`shared-views`, and each sheet names its column among its slices.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, register_namespace

from bi.sheets import FILTERED
from bi.tableau_datasource import Column, Mart, field

USER = "http://www.tableausoftware.com/xml/user"
DAYS = 28  # the last whole ones, which the dashboard in the browser opens with, too

register_namespace("user", USER)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of a source by its days, or by the values of a text."""

    column: Column

    @property
    def by_day(self) -> bool:
        """True for days, which are chosen as a period."""
        return self.column.tableau_type == "date"

    @property
    def instance(self) -> str:
        """The name of the column as the filter uses it."""
        return f"[none:{self.column.name}:{'qk' if self.by_day else 'nk'}]"

    def column_instance(self) -> Element:
        """Build the column as the filter uses it."""
        return column_instance(self.column.name, "None", self.instance, "quantitative" if self.by_day else "nominal")


def filters_of(mart: Mart) -> list[Filter]:
    """Return the mart's filters, its days first; a mart without days and without such columns has none."""
    columns = {column.name: column for column in mart.columns}
    days = dict.fromkeys(metric.day for metric in mart.metrics if metric.day)
    return [Filter(columns[name]) for name in (*days, *FILTERED) if name in columns]


def shared_view(mart: Mart) -> Element:
    """Build the `shared-view` of the mart's filters: the last 28 whole days, and all values."""
    source = mart.source_name
    view = Element("shared-view", {"name": source})
    listed = SubElement(view, "datasources")
    SubElement(listed, "datasource", {"caption": mart.caption, "name": source})
    needs = SubElement(view, "datasource-dependencies", {"datasource": source})
    filters = filters_of(mart)
    needs.extend(field(one.column) for one in sorted(filters, key=lambda one: one.column.name))
    needs.extend(one.column_instance() for one in filters)
    view.extend(_days(one, source) if one.by_day else _values(one, source) for one in filters)
    return view


def _days(one: Filter, source: str) -> Element:
    return Element(
        "filter",
        {
            "class": "relative-date",
            "column": f"[{source}].{one.instance}",
            "first-period": str(-DAYS),
            "include-future": "false",
            "include-null": "false",
            "last-period": "-1",
            "period-type-v2": "day",
        },
    )


def _values(one: Filter, source: str) -> Element:
    element = Element("filter", {"class": "categorical", "column": f"[{source}].{one.instance}"})
    everything = {"function": "level-members", "level": one.instance}
    marked = {f"{{{USER}}}ui-enumeration": "all", f"{{{USER}}}ui-marker": "enumerate"}
    SubElement(element, "groupfilter", everything | marked)
    return element


def column_instance(column: str, derivation: str, name: str, kind: str) -> Element:
    """Build a `column-instance`: a column as a shelf or a filter uses it, by the `name` that they call it."""
    return Element(
        "column-instance",
        {"column": f"[{column}]", "derivation": derivation, "name": name, "pivot": "key", "type": kind},
    )
