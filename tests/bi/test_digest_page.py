"""The digest as a page: its figures, their direction, its links, in two languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from lxml import html

from bi.build_state import BuildState
from bi.digest import Category, Digest, Line
from bi.digest_page import DigestPage
from bi.metrics import load_metrics
from bi.periods import Period
from bi.texts import Language
from bi.unusual import UnusualDay

METRICS = load_metrics()
DIGEST = Digest(
    week=Period(date(2026, 11, 16), date(2026, 11, 22)),
    newest_day=date(2026, 11, 22),
    currency="EUR",
    lines=(
        Line(METRICS["net_sales"], 12_345.6, 10_000.0, None),
        Line(METRICS["return_rate"], 0.08, 0.05, 0.09),
        Line(METRICS["sessions"], None, None, None),
    ),
    best=(Category("<b>Laptops & co</b>", 5_000.0, 1_200.0),),
    worst=(Category("unknown", 100.0, -50.0),),
    unusual=(
        (METRICS["sessions"], UnusualDay(date(2026, 11, 20), -0.38, "channel", "Email", -0.91)),
        (METRICS["net_sales"], UnusualDay(date(2026, 11, 21), 0.5, None, None, 0.5)),
    ),
    state=BuildState(datetime(2026, 11, 23, 4, 12, tzinfo=UTC), 178, 0),
)


def page(language: Language = "en", digest: Digest = DIGEST) -> DigestPage:
    return DigestPage(digest, language, "https://bi.example", "Europe/Paris")


def drawn(language: Language = "en", digest: Digest = DIGEST) -> Any:
    return html.fromstring(page(language, digest).html())


def words(element: Any) -> str:
    """Its text with each kind of space as one."""
    return " ".join(element.text_content().split())


def test_each_metric_has_its_figure_its_changes_and_whether_they_are_good() -> None:
    rows = [[words(cell) for cell in row] for row in drawn().find(".//tbody")]
    assert rows == [
        ["Net sales", "€12,346", "+23.5% better", "–"],
        ["Return rate", "8.0 %", "+3.0 pt worse", "-1.0 pt better"],
        ["Sessions", "–", "–", "–"],
    ]
    french = [words(cell) for cell in drawn("fr").find(".//tbody")[0]]
    assert french == ["Ventes nettes", "12 346 €", "+23,5 % mieux", "–"]


def test_every_link_opens_a_page_with_its_days_and_filters() -> None:
    links = [one.get("href") for one in drawn("fr").iter("a")]
    week = "period=Custom&first_day=2026-11-16&last_day=2026-11-22"
    assert links == [
        f"https://bi.example/sales?{week}&language=fr",
        f"https://bi.example/sales?{week}&language=fr",
        f"https://bi.example/behaviour?{week}&language=fr",
        f"https://bi.example/products?{week}&category=%3Cb%3ELaptops+%26+co%3C%2Fb%3E&language=fr",
        f"https://bi.example/products?{week}&category=unknown&language=fr",
        "https://bi.example/behaviour?period=Custom&first_day=2026-10-24&last_day=2026-11-20&channel=Email&language=fr",
        "https://bi.example/sales?period=Custom&first_day=2026-10-25&last_day=2026-11-21&language=fr",
    ]


def test_names_of_the_shop_are_text_and_ours_are_translated() -> None:
    shown = words(drawn("fr"))
    assert "<b>Laptops & co</b>: +1 200 €" in shown and "inconnu: −50,00 €" in shown
    assert "ven. 20 nov., Visites: −38 %; Canal: Email −91 %" in shown
    assert "partout autant" in shown


def test_the_title_and_the_state_of_the_figures() -> None:
    assert page().title == "The week of 16 Nov to 22 Nov 2026"
    assert page("fr").title == "La semaine du 16 nov. au 22 nov. 2026"
    assert page().state == "Data as of 2026-11-23 05:12; all 178 checks passed."
    assert "do not reach" not in words(drawn())


def test_a_week_that_the_data_do_not_reach_the_end_of_says_so() -> None:
    short = Digest(DIGEST.week, date(2026, 11, 20), "EUR", (), (), (), (), BuildState(None, 12, 2))
    shown = words(drawn("en", short))
    assert "do not reach the end of this week. Newest day with sales: 2026-11-20." in shown
    assert "No build is recorded; 2 of 12 checks failed: see Operations." in shown
    assert "Categories" not in shown and "Unusual" not in shown


def test_the_text_has_a_metric_a_line() -> None:
    assert page().text().splitlines() == [
        "Net sales: €12,346 (+23.5% against the week before)",
        "Return rate: 8.0\u2009% (+3.0 pt against the week before)",
        "Sessions: –",
        "Data as of 2026-11-23 05:12; all 178 checks passed.",
    ]
