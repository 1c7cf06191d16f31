"""The dashboard in a browser, on the small marts: every page drawn, exported, accessible, and on a phone."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.support.servers import stopped_at_exit
from comptoir.repository import REPOSITORY
from local.ports import find_free_port
from local.waiting import wait_until
from tests.support.accessibility import serious_findings
from tests.support.browser import chromium
from tests.support.small_marts import LANDINGS, make_small_marts

pytestmark = [pytest.mark.browser, pytest.mark.services]
PAGES = ("Sales", "Behaviour", "Products", "Customers", "Search", "Recommendations", "Operations")
# what Streamlit draws and has no setting for, by axe's rule
STREAMLITS_OWN = {
    # the last point of a tile's line, empty until the pointer is on it; st.metric takes no text for its chart
    "svg-img-alt": "[data-testid='stMetricChart'] g.mark-symbol.role-mark",
}


@pytest.fixture(scope="module")
def served(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the dashboard on the small marts, started once."""
    folder, port, marts = tmp_path_factory.mktemp("dashboard"), find_free_port(), make_database()
    make_small_marts(marts)
    url = f"http://127.0.0.1:{port}"
    command = [
        str(Path(sys.executable).parent / "streamlit"),
        "run",
        str(REPOSITORY / "bi" / "dashboard.py"),
        "--server.headless=true",
    ]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    environment = os.environ | {
        "COMPTOIR_POSTGRES_URL": marts,
        "COMPTOIR_REPORTER_PASSWORD": "reporter",
        "COMPTOIR_DATA_DIR": str(folder),
    }
    with stopped_at_exit(command, folder / "log", env=environment):
        wait_until(lambda: httpx.get(f"{url}/_stcore/health").raise_for_status(), "the dashboard", seconds=180)
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def expect_drawn(page: Page, title: str) -> None:
    """The page has its title and its tiles, and waits for nothing."""
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page.get_by_test_id("stMetric").first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-stale=true]")).to_have_count(0)  # which are grey while they wait
    assert page.get_by_test_id("stException").count() == 0, title


def test_every_page_in_a_browser(served: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1600})
    elsewhere: list[str] = []
    page.on(
        "request", lambda one: None if one.url.startswith((served, "data:", "blob:")) else elsewhere.append(one.url)
    )
    page.goto(f"{served}/behaviour?period=7+days&language=fr")  # a link may be the first that is opened
    expect(page.get_by_role("heading", name="Parcours", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stMetric").first).to_contain_text("Visites")
    expect(page).to_have_title("Parcours · 7 jours – Comptoir")  # a bookmark's name
    page.goto(f"{served}/sales?language=fr")
    trend = page.locator(".st-key-card_trend .vega-embed")
    expect(trend.get_by_text(re.compile(r"^\d+\s€$")).first).to_be_visible()  # the sign after the amount
    page.goto(f"{served}/sales")
    expect(page.get_by_test_id("stMetric").first).to_contain_text("€2,240")
    expect(trend.get_by_text(re.compile(r"^€\d+$")).first).to_be_visible()
    expect(page.get_by_text("Page not found")).to_have_count(0)
    page.goto(served)
    expect(page.get_by_test_id("stMetric").first).to_contain_text("€2,240")
    chart = page.get_by_test_id("stFullScreenFrame").filter(has=page.locator(".vega-embed")).first
    chart.hover()
    with page.expect_download() as download:
        chart.get_by_role("button", name="Download as PNG").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").last.click()
    assert pd.read_csv(download.value.path())["net_sales"].sum() == 2240
    with page.expect_download() as download:
        page.get_by_role("button", name="Parquet").last.click()
    assert pd.read_parquet(download.value.path())["net_sales"].sum() == 2240
    page.goto(f"{served}/behaviour")
    with page.expect_download() as download:  # more than the page shows
        page.locator(".st-key-CSV_landing_pages_2026-03-01_2026-03-28 button").first.click()
    assert len(pd.read_csv(download.value.path())) == LANDINGS
    for name in (*PAGES[1:], PAGES[0]):  # first another page than the open one, which stands there before it runs again
        page.get_by_role("link", name=name, exact=True).click()
        expect_drawn(page, name)
        assert serious_findings(page, STREAMLITS_OWN) == [], name
    assert elsewhere == []
    page.close()


def test_a_mark_that_is_clicked_is_a_filter_on_every_page_that_has_it(served: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1600})
    page.goto(f"{served}/sales")
    expect_drawn(page, "Sales")
    page.locator("[aria-label='Net sales by category'] g.mark-rect path").nth(1).click()  # after phones
    expect(page).to_have_url(re.compile("category=Laptops"))
    expect_drawn(page, "Sales")
    page.get_by_role("link", name="Products", exact=True).click()
    expect_drawn(page, "Products")
    expect(page).to_have_url(re.compile("category=Laptops"))
    page.get_by_role("button", name="Laptops ✕").click()  # the way back up
    expect(page).not_to_have_url(re.compile("category="))
    expect_drawn(page, "Products")
    page.locator("[aria-label='Net sales by category and brand'] g.mark-rect path").first.click()
    expect(page).to_have_url(re.compile("category=Laptops.*brand=Norvane"))
    page.close()


def test_every_page_on_a_phone(served: str, browser: Browser) -> None:
    """Nothing is wider than the screen; two tiles stand side by side, and the controls above them."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = context.new_page()
    for name in PAGES:
        page.goto(f"{served}/{name.lower()}")
        expect_drawn(page, name)
        assert page.evaluate("[document.documentElement, document.querySelector('[data-testid=stMain]')]"
                             ".every((one) => one.scrollWidth <= innerWidth)"), name  # fmt: skip
        last = page.locator(".st-key-period button").last.bounding_box()
        assert last and last["x"] + last["width"] <= 390, f"{name}: a period is cut off"
    context.close()
