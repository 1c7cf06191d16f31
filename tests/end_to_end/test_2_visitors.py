"""What a visitor does changes their lists at once, and what they take back is gone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from comptoir.settings import Settings
from demo_shop.content.taxonomy import BY_NAME
from demo_shop.traffic.send_history import send_history
from local.demo import require_no_lag
from local.demo_click import click_and_watch
from local.waiting import wait_until
from tests.support.browser import chromium
from tests.support.signed_in_visits import A_PERSON
from tests.support.whole_platform import (
    rows,
    view,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(1500)]


def test_a_click_changes_the_recommendations(settings: Settings) -> None:
    wait_until(lambda: require_no_lag(settings), "the stream", seconds=300, every=1)
    click = click_and_watch(settings)
    assert click.changed
    assert len(click.before) == len(click.after) == 5
    assert all(item["reason"] for item in click.after)


def test_after_neither_nothing_of_an_hours_browsing_is_left(
    settings: Settings, record_property: Callable[[str, object], None]
) -> None:
    """How long it takes from the no to the last row is noted for who asks (`--junitxml`)."""
    counts = (
        "select * from serving.pair_counts order by 1, 2, 3",
        "select * from serving.product_counts order by 1, 2, 3",
    )
    before = [rows(settings, query) for query in counts]
    visitor, now = "leaves-after-an-hour", datetime.now(UTC)
    products = [product for (product,) in rows(settings, "select product_id from serving.products order by 1")]
    hour = [
        view(number, now - timedelta(minutes=60 - number / 2))
        | {
            "messageId": f"{visitor}-{number}",
            "anonymousId": visitor,
            "context": {"sessionId": visitor, "userAgent": A_PERSON},  # the sender's own is a robot's
            "properties": {"product_id": product},
        }
        for number, product in enumerate(products[:100])
    ]
    send_history(hour, settings.collector_url, settings.write_key)
    wait_until(lambda: require_no_lag(settings), "the stream", seconds=300, every=1)
    left = f"""
        select 1 from serving.visitor_events where visitor_id = '{visitor}'
        union all select 1 from serving.recommendation_lists where visitor_id = '{visitor}'
    """
    assert len(rows(settings, left)) > 100 and [rows(settings, query) for query in counts] != before

    send_history([_no(visitor)], settings.collector_url, settings.write_key)
    said = time.monotonic()

    def check() -> None:
        assert rows(settings, left) == []

    wait_until(check, "the visitor's rows to go", seconds=60, every=0.02)
    record_property("seconds until nothing was left", round(time.monotonic() - said, 2))
    assert [rows(settings, query) for query in counts] == before


def _no(visitor: str) -> dict[str, Any]:
    """As our tracker tells the collector when a visitor who agreed takes it back."""
    refused = {"consent": {"analytics": False, "personalisation": False}}
    at = datetime.now(UTC).isoformat()
    return {"type": "withdrawal", "messageId": f"no-of-{visitor}", "anonymousId": visitor, "originalTimestamp": at,
            "context": refused}  # fmt: skip


@pytest.mark.browser
def test_two_laptops_of_which_one_is_in_the_cart_bring_its_rivals_and_accessories(
    settings: Settings, tmp_path: Path
) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, locale="en-GB", user_agent=A_PERSON)
        page.goto(settings.storefront_url)
        page.get_by_role("button", name="Accept both").click()
        expect(page.locator("#for-you .item")).to_have_count(8)
        bestsellers = shown(page, "#for-you")
        page.screenshot(path=tmp_path / "1_a_new_visitor.png")
        viewed = []
        for place in (0, 1):
            page.locator("comptoir-search [role=combobox]").fill("laptop")
            page.locator("comptoir-search [role=combobox]").press("Enter")
            page.get_by_role("checkbox", name="Laptops").click()
            card = page.locator(".results .card").nth(place)
            viewed.append(card.get_attribute("data-product"))
            card.click()
            expect(page.locator("article.product h1")).to_be_visible()
        page.get_by_role("button", name="Add to cart").click()
        page.screenshot(path=tmp_path / "2_the_second_laptop.png")
        page.goto(settings.storefront_url)
        expect(page.locator("#live")).to_contain_text("follows what you look at")
        wait_until(lambda: require_no_lag(settings), "the stream", seconds=300)
        page.reload()
        expect(page.locator("#live")).to_contain_text("follows what you look at")
        for_you = shown(page, "#for-you")
        page.screenshot(path=tmp_path / "3_for_you.png")
        page.get_by_role("link", name=re.compile(r"^Cart")).click()
        expect(page.locator("#suggested .item").first).to_be_visible()
        beside_cart = shown(page, "#suggested")
        page.screenshot(path=tmp_path / "4_the_cart.png", full_page=True)
    category = dict(rows(settings, "select product_id, category from serving.products"))
    assert {category[str(product)] for product in viewed} == {"Laptops"}
    rivals = [product for product in for_you if category[product] == "Laptops"]
    assert len(rivals) >= len(for_you) / 2, [category[product] for product in for_you]
    assert viewed[1] not in for_you, "it is the product looked at now"
    assert len(set(for_you) & set(bestsellers)) <= 2
    accessories = [product for product in beside_cart if category[product] in BY_NAME["Laptops"].companions]
    assert len(accessories) >= len(beside_cart) / 2, [category[product] for product in beside_cart]


CHANGED = """(before) => {
    const now = (document.querySelector('#for-you')?.items ?? []).map((item) => item.product_id);
    return now.length && now.join() !== before && performance.now()
}"""


@pytest.mark.browser
def test_a_strip_on_the_screen_answers_what_its_visitor_does(
    settings: Settings, record_property: Callable[[str, object], None]
) -> None:
    """Milliseconds from the event until the strip shows another list are noted for who asks (`--junitxml`)."""
    taken = []
    of_kinds = "select distinct on (category) product_id from serving.products where is_in_stock order by category, 1"
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, locale="en-GB", user_agent=A_PERSON)
        page.goto(settings.storefront_url)
        page.get_by_role("button", name="Accept both").click()
        expect(page.locator("#for-you .item")).to_have_count(8)
        for (product,) in rows(settings, of_kinds)[:9]:
            before = ",".join(shown(page, "#for-you"))
            began = "(id) => { comptoir.track('Product Viewed', { product_id: id }); return performance.now() }"
            at = page.evaluate(began, product)
            changed = page.wait_for_function(CHANGED, arg=before, polling=10, timeout=30_000)
            taken.append(float(changed.json_value()) - at)
    record_property("milliseconds until the strip changed", [round(each) for each in sorted(taken)])


def shown(page: Page, place: str) -> list[str]:
    """The products of the strip there."""
    products: list[str] = page.locator(place).evaluate("strip => strip.items.map(item => item.product_id)")
    return products
