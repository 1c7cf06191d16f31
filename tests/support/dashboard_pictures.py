"""Pictures of all pages of a running dashboard, for the docs: `python -m tests.support.dashboard_pictures URL`.

Taken as a reader sees them, whole pages at 1440 points in English, and written as PNG of 128 colours.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from comptoir.repository import REPOSITORY
from tests.support.browser import chromium

PAGES = ("sales", "behaviour", "products", "customers", "search", "recommendations", "operations")
WIDTH, COLOURS = 1440, 128
# nothing runs, nothing is grey, and every chart has been drawn
SETTLED = """() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && document.querySelector('[data-testid=stMetricValue]') && !document.querySelector('[data-stale=true]')
    && [...document.querySelectorAll('.stVegaLiteChart')].every((one) => one.querySelector('svg, canvas'))"""
CONTENT = "() => document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight + 60"


def take(url: str, folder: Path) -> list[Path]:
    """Write a picture of each page of the dashboard at `url` into `folder` and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
        for name in PAGES:
            page.goto(f"{url}/{name}")
            page.wait_for_function(SETTLED, timeout=60_000)
            # the page scrolls within itself, so the window gets as high as what is in it
            page.set_viewport_size({"width": WIDTH, "height": int(page.evaluate(CONTENT))})
            page.wait_for_function(SETTLED, timeout=60_000)
            page.wait_for_timeout(1_500)  # charts grow into their new places
            taken.append(_write(page, folder / f"dashboard_{name}.png"))
            page.set_viewport_size({"width": WIDTH, "height": 1000})
        page.close()
    return taken


def _write(page: Page, file: Path) -> Path:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, optimize=True)
    return file


if __name__ == "__main__":
    for written in take(
        sys.argv[1].rstrip("/"), Path(sys.argv[2]) if len(sys.argv) > 2 else REPOSITORY / "docs/images"
    ):
        sys.stdout.write(f"{written}\n")
