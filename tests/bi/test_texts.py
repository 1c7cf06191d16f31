"""The catalogue of French texts has all that the dashboard says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bi.charts import WEEKDAYS
from bi.filters import FILTERS
from bi.metrics import load_metrics
from bi.periods import COMPARISONS, PRESETS
from bi.texts import MARKERS, french, read_as, translated
from bi.views.behaviour import STEPS
from bi.views.operations import IMPORTED, NO_RUNS
from comptoir.repository import REPOSITORY

UNITS = ("money", "count", "ratio", "score")
TITLED = ("t", "say", "table", "chart_card")  # their first argument is a text


def said_in(file: Path) -> Iterator[str]:
    """Yield the texts of a page: arguments of `t`, titles of cards, labels of tables' columns."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or ("t" if getattr(node.func, "attr", None) == "t" else None)
            texts = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "note")]
            if name in TITLED:
                yield from (one.value for one in texts if isinstance(one, ast.Constant) and one.value)
            if name == "bar_cards" and isinstance(node.args[0], ast.Dict):
                yield from (key.value for key in node.args[0].keys if isinstance(key, ast.Constant))
            if name == "MartsUnavailable":
                yield from (one.value for one in node.args if isinstance(one, ast.Constant))
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.Constant):
            label, unit = node.elts
            if unit.value in (None, *UNITS) and isinstance(label, ast.Constant) and label.value not in UNITS:
                yield label.value


def test_every_text_has_its_french() -> None:
    said = {text for file in (REPOSITORY / "bi").rglob("*.py") for text in said_in(file)}
    for template in (REPOSITORY / "bi").glob("*.j2"):
        said |= set(re.findall(r't\("([^"]+)"\)', template.read_text()))
    assert len(said) > 100
    pages = re.findall(r'^    "(\w+)": \(', (REPOSITORY / "bi/dashboard.py").read_text(), re.MULTILINE)
    assert len(pages) == 7
    said |= {
        *pages,
        *PRESETS,
        *COMPARISONS,
        *STEPS,
        *FILTERS.values(),
        *WEEKDAYS,
        *MARKERS,
        "better",
        "worse",
        "Custom",
        "All",
        NO_RUNS,
        IMPORTED,
    }
    for metric in load_metrics().values():
        said |= {metric.label, metric.definition}
    assert said - french().keys() == set()


def test_the_shops_own_words_stay_as_they_are() -> None:
    assert translated("Net sales", "fr") == "Ventes nettes" and translated("Net sales", "en") == "Net sales"
    assert translated("Laptops", "fr") == "Laptops"
    assert read_as("unknown", "fr") == "inconnu" and read_as("unknown", "en") == "unknown"
    assert read_as("Search", "fr") == "Search", "a category may be called like a page of ours"
