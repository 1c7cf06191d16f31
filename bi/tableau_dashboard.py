"""The workbook's dashboards: where sheets and cards of filters stand, and the actions between the sheets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from itertools import count
from xml.etree.ElementTree import Element, SubElement

from bi.sheets import Sheet
from bi.tableau_datasource import Mart
from bi.tableau_filters import filters_of

WHOLE = 100_000  # a page's width and height in the units of zones
CARDS = 8_000  # height of the filters' cards


def dashboard(name: str, sheets: Sequence[Sheet], marts: Mapping[str, Mart]) -> Element:
    """Build a dashboard: cards of the filters of its sources on top, a sheet across, the others side by side below."""
    element = Element("dashboard", {"name": name})
    SubElement(element, "style")
    SubElement(element, "size", {"maxheight": "900", "maxwidth": "1400", "minheight": "700", "minwidth": "1000"})
    ids = count(1)
    whole = _zone(next(ids), (0, 0, WHOLE, WHOLE), {"type-v2": "layout-basic"})
    SubElement(element, "zones").append(whole)
    cards = _cards(sheets, marts)
    for place, card in zip(_row(len(cards), 0, CARDS), cards, strict=True):
        whole.append(_zone(next(ids), place, card))
    height = (WHOLE - CARDS) // 2
    rows = [*_row(1, CARDS, height), *_row(len(sheets) - 1, CARDS + height, height)]
    for place, sheet in zip(rows, sheets, strict=True):
        whole.append(_zone(next(ids), place, {"name": sheet.title}))
    identify(element, f"dashboard/{name}")
    return element


def _cards(sheets: Sequence[Sheet], marts: Mapping[str, Mart]) -> list[dict[str, str]]:
    """Return the cards of each source's filters, which belong to its first sheet and rule over all of them."""
    first = {sheet.mart: sheet for sheet in reversed(sheets)}
    found = []
    for name in dict.fromkeys(sheet.mart for sheet in sheets):
        for one in filters_of(marts[name]):
            mode = {} if one.by_day else {"mode": "checkdropdown"}
            param = f"[{marts[name].source_name}].{one.instance}"
            found.append({**mode, "name": first[name].title, "param": param, "type-v2": "filter"})
    return found


def _row(zones: int, top: int, height: int) -> list[tuple[int, int, int, int]]:
    """Return x, y, width and height of zones side by side."""
    width = WHOLE // max(zones, 1)
    return [(place * width, top, width, height) for place in range(zones)]


def _zone(number: int, place: tuple[int, int, int, int], shown: Mapping[str, str]) -> Element:
    corners = dict(zip("xywh", map(str, place), strict=True))
    return Element("zone", {"id": str(number), **shown, **corners})


def actions(pages: Mapping[str, Sequence[Sheet]]) -> Element:
    """Build the actions: a click on a bar filters the other sheets of its dashboard, a second one takes that back."""
    element = Element("actions")
    number = count(1)
    for name, sheets in pages.items():
        for sheet in (sheet for sheet in sheets if sheet.mark == "Bar"):
            tag = uuid.uuid5(uuid.NAMESPACE_URL, f"comptoir/action/{name}/{sheet.title}").hex.upper()
            action = SubElement(
                element, "action", {"caption": f"{name}: {sheet.title}", "name": f"[Action{next(number)}_{tag}]"}
            )
            SubElement(action, "activation", {"auto-clear": "true", "type": "on-select"})
            SubElement(action, "source", {"dashboard": name, "type": "sheet", "worksheet": sheet.title})
            command = SubElement(action, "command", {"command": "tsc:tsl-filter"})
            for parameter, value in (("exclude", sheet.title), ("special-fields", "all"), ("target", name)):
                SubElement(command, "param", {"name": parameter, "value": value})
    return element


def identify(element: Element, name: str) -> None:
    """Give the element an id that depends on its name alone, so that links to it on a Tableau server stay valid."""
    SubElement(element, "simple-id", {"uuid": f"{{{str(uuid.uuid5(uuid.NAMESPACE_URL, f'comptoir/{name}')).upper()}}}"})
