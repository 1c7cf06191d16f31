"""Pictures of a running Dagster, for the docs: `python -m tests.support.dagster_pictures URL [FAILED_RUN]`.

Written as PNG of 128 colours. With the id of a run that a gate stopped, that run is among them.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from comptoir.repository import REPOSITORY
from tests.support.browser import chromium

COLOURS = 128
PAGES = {
    "dagster_graph": "/asset-groups",
    "dagster_stream": "/assets/serving/recommendations",
    "dagster_restart": "/locations/comptoir/jobs/restart_stream/runs",
}


def take(url: str, folder: Path, failed_run: str | None = None) -> list[Path]:
    """Write a picture of each of PAGES, and of the failed run, into `folder` and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = PAGES | ({"dagster_gate_failure": f"/runs/{failed_run}"} if failed_run else {})
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        greeting = page.get_by_role("button", name="Skip")
        page.add_locator_handler(greeting, lambda: greeting.click())
        return [_take(page, f"{url}{path}", folder / f"{name}.png") for name, path in pages.items()]


def _take(page: Page, address: str, file: Path) -> Path:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(4_000)  # it draws its graph in a worker, and tells nobody when
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, optimize=True)
    return file


if __name__ == "__main__":
    run = sys.argv[2] if len(sys.argv) > 2 else None
    for written in take(sys.argv[1].rstrip("/"), REPOSITORY / "docs/images", run):
        sys.stdout.write(f"{written}\n")
