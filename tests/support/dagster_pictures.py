"""Pictures of a running Dagster, for the docs: `python -m tests.support.dagster_pictures URL [ASSET CHECK]`.

Written as PNG of 128 colours. With a failed check, such as raw_shop/product_variants gate_raw, that is among them.
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
STREAM = "/assets/serving/recommendations?view=checks"


def take(url: str, folder: Path, failed: tuple[str, str] | None = None) -> list[Path]:
    """Write a picture of the stream's checks, and of a failed check (asset, name), into `folder`; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"dagster_stream": STREAM}
    if failed:
        pages["dagster_gate_failure"] = f"/assets/{failed[0]}?view=checks&checkDetail={failed[1]}"
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
    check = (sys.argv[2], sys.argv[3]) if len(sys.argv) > 3 else None
    for written in take(sys.argv[1].rstrip("/"), REPOSITORY / "docs/images", check):
        sys.stdout.write(f"{written}\n")
