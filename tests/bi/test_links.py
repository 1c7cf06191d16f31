"""Links to the dashboard: the page that shows a metric, and what it can be narrowed by."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlsplit

from bi.filters import NAMES, PAGE_FILTERS
from bi.links import page_link, page_of
from bi.metrics import load_metrics
from bi.periods import COMPARISONS, Period
from bi.views import behaviour, customers, operations, products, recommendations, sales, search

WEEK = Period(date(2026, 11, 16), date(2026, 11, 22))


def test_a_metric_is_on_the_page_that_its_link_opens() -> None:
    views = (sales, behaviour, products, customers, search, recommendations, operations)
    for view in views:
        for name in (*view.TILES, *getattr(view, "TREND", ())):
            assert page_of(load_metrics()[name]) == view.__name__.rpartition(".")[2], name
    assert list(PAGE_FILTERS) == [view.__name__.rpartition(".")[2] for view in views]


def test_a_link_holds_days_filters_and_language_as_the_pages_write_them() -> None:
    filters = {"category": "Câbles & prises", "channel": "Email"}
    link = urlsplit(page_link("https://bi.example", "products", WEEK, "fr", filters=filters))
    assert (link.scheme, link.netloc, link.path) == ("https", "bi.example", "/products")
    chosen = {name: value for name, (value,) in parse_qs(link.query).items()}
    assert chosen == {"period": "Custom", "first_day": "2026-11-16", "last_day": "2026-11-22",
                      "category": "Câbles & prises", "language": "fr"}  # fmt: skip
    assert chosen.keys() <= set(NAMES), "Products has no control for the channel"
    other = parse_qs(urlsplit(page_link("http://x", "sales", WEEK, "en", comparison=COMPARISONS[1])).query)
    assert other["comparison"] == [COMPARISONS[1]] and "language" not in other
