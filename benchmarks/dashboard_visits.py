"""People at the dashboard: what they wait for in a Chromium, in milliseconds."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle, islice

from playwright.async_api import Browser, Page, async_playwright

PAGES = ("sales", "behaviour", "products", "customers", "search", "recommendations", "operations")
PERIODS = ("7 days", "90 days", "Month to date", "Last month", "28 days")
LONGEST = 600_000  # milliseconds that anybody waits: ten browsers share two cores with what they look at
PAINTED = "() => document.querySelector('[data-testid=stMetricValue]') && performance.now()"
# nothing runs and nothing is grey any more, and the address has the choice
SETTLED = """(chosen) => new URLSearchParams(location.search).get('period') === chosen
    && document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-stale=true]') && performance.now()"""


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Open a headless Chromium: the system's, else Playwright's own."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        try:
            yield opened
        finally:
            await opened.close()


async def first_paints(opened: Browser, url: str, repeats: int) -> list[float]:
    """Open each page `repeats` times, each time as somebody new: from the click on the link to the first figure."""
    taken = []
    for _ in range(repeats):
        for name in PAGES:
            context = await opened.new_context(viewport={"width": 1440, "height": 1000})
            page = await context.new_page()
            await page.goto(f"{url}/{name}", wait_until="commit")
            found = await page.wait_for_function(PAINTED, timeout=LONGEST)
            taken.append(float(await found.json_value()))
            await context.close()
    return taken


async def filter_changes(opened: Browser, url: str, people: int, pages: int = len(PAGES)) -> list[float]:
    """Let `people` at once choose each of `PERIODS` on `pages` pages: from the click until it has settled."""
    visits = [_changes(opened, url, number, pages) for number in range(people)]
    return [milliseconds for one in await asyncio.gather(*visits) for milliseconds in one]


async def _changes(opened: Browser, url: str, number: int, pages: int) -> list[float]:
    context = await opened.new_context(viewport={"width": 1440, "height": 1000})
    page = await context.new_page()
    taken = []
    for name in islice(cycle(PAGES), number, number + pages):  # not all on the same page
        await page.goto(f"{url}/{name}?period=Year+to+date", wait_until="commit")
        await page.wait_for_function(PAINTED, timeout=LONGEST)  # before that nothing runs either
        await page.wait_for_function(SETTLED, arg="Year to date", timeout=LONGEST)
        for period in PERIODS:
            taken.append(await _change(page, period))
    await context.close()
    return taken


async def _change(page: Page, period: str) -> float:
    # the default period stands in no address
    chosen = None if period == "28 days" else period
    button = page.locator(".st-key-period button").get_by_text(period, exact=True)
    begun = float(await page.evaluate("performance.now()"))
    await button.click(timeout=LONGEST)
    settled = await page.wait_for_function(SETTLED, arg=chosen, timeout=LONGEST)
    return float(await settled.json_value()) - begun
