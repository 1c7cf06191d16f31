"""The shop's pages in a real browser, with the real API, collector and broker behind them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from local.waiting import wait_until
from tests.support.browser import chromium
from tests.support.served_shop import Shop, served_shop
from tests.support.serving import recommend_to

pytestmark = [pytest.mark.browser, pytest.mark.services]


@pytest.fixture(scope="module")
def shop(kafka: str, make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with served_shop(kafka, make_database(), tmp_path_factory.mktemp("shop")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, shop: Shop) -> Iterator[Page]:
    """A new visitor; a script error, a breach of the security policy or a request to another host fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    opened.on(
        "request",
        lambda request: (
            None if request.url.startswith((shop.url, shop.collector, "data:")) else errors.append(request.url)
        ),
    )
    yield opened
    context.close()
    assert errors == []


def agree(page: Page) -> str:
    """Agree to analytics and personalisation; returns the visitor's id."""
    page.get_by_role("button", name="Accept both").click()
    # its answer comes later; a function, for the page's policy forbids the evaluation of words from the second look on
    visitor = page.wait_for_function("() => JSON.parse(localStorage.getItem('comptoir.visitor'))")
    return visitor.json_value()


def titles(page: Page) -> list[str]:
    return page.locator("#for-you .title").all_inner_texts()


def test_nothing_is_kept_or_sent_before_consent_and_all_is_forgotten_after_a_no(page: Page, shop: Shop) -> None:
    before = len(shop.events())
    page.goto(shop.url)
    expect(page.locator("#for-you .item")).to_have_count(7)
    page.locator("#for-you .link").first.click()
    expect(page.locator("article.product h1")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key != 'comptoir.cart')") == []
    assert agree(page)
    page.get_by_role("button", name="Privacy choices").click()
    page.get_by_role("button", name="Neither").click()

    def nothing_is_kept_but_the_no() -> None:
        assert page.evaluate("Object.keys(localStorage)") == ["comptoir.consent"]

    # it waits in a queue there until the collector has it
    wait_until(nothing_is_kept_but_the_no, "the collector's answer", seconds=60)
    page.goto(shop.url)
    page.wait_for_timeout(600)
    sent = shop.events()[before:]
    [no] = [event for event in sent if event["type"] == "withdrawal"]
    assert no["context"] == {"consent": {"analytics": False, "personalisation": False}}
    sent.remove(no)
    assert all(event["context"]["consent"] == {"analytics": True, "personalisation": True} for event in sent)


def test_the_home_page_changes_while_it_is_open(page: Page, shop: Shop) -> None:
    page.goto(shop.url)
    visitor = agree(page)
    expect(page.locator("#for-you .item")).to_have_count(7)
    assert "Because" not in page.locator("#for-you").inner_text()
    recommend_to(shop.database, visitor, ["3", "1"], "Because you looked at OLED laptops")
    expect(page.locator("#for-you .item").first).to_contain_text("Quillon Studio 16")
    expect(page.locator("#for-you .item").first).to_contain_text("Because you looked at OLED laptops")
    expect(page.locator("#live")).to_contain_text("follows what you look at")
    expect(page.locator("#for-you .age")).to_contain_text("computed")
    recommend_to(shop.database, visitor, ["5"], "Because you listen")
    expect(page.locator("#for-you .item").first).to_contain_text("Auravelle Beat")


def test_a_theme_shows_links_and_prices_of_shopify(page: Page, shop: Shop) -> None:
    """The test plays Shopify's Storefront API, which sells neither product 5 nor what it does not know."""

    def answer(route: Route) -> None:
        nodes = [
            {
                "id": id_,
                "handle": f"handle-{id_[-1]}",
                "title": f"Shopify's {id_[-1]}",
                "availableForSale": not id_.endswith("/5"),
                "featuredImage": None,
                "priceRange": {"minVariantPrice": {"amount": "12.50", "currencyCode": "USD"}},
                "compareAtPriceRange": {"minVariantPrice": {"amount": "0.0"}},
            }
            for id_ in json.loads(route.request.post_data or "{}")["variables"]["ids"]
        ]
        route.fulfill(json={"data": {"nodes": [None, *nodes]}})

    document = """<!doctype html><html lang="en"><script type="module" src="/clients/shopify/theme.js"></script>
      <script type="module" src="/clients/recommendations.js"></script>
      <comptoir-recommendations slot="home" count="8"></comptoir-recommendations>"""
    page.route("**/theme", lambda route: route.fulfill(content_type="text/html", body=document))
    page.route("**/api/*/graphql.json", answer)
    page.goto(f"{shop.url}/theme")
    first = page.locator(".link").first
    expect(first).to_contain_text("US$12.50")
    assert re.fullmatch(r"/products/handle-[0-9]", first.get_attribute("href") or "")
    expect(page.locator(".item")).to_have_count(6)  # seven are in stock, and Shopify sells six of them


def test_a_walk_through_the_shop_arrives_at_the_broker(page: Page, shop: Shop) -> None:
    page.goto(shop.url)
    visitor = agree(page)
    page.locator("comptoir-search [role=combobox]").fill("lapotp")
    page.locator("comptoir-search [role=combobox]").press("Enter")
    expect(page.locator(".results section b").first).to_have_text("laptop")
    page.get_by_role("checkbox", name="Norvane").click()
    expect(page.locator(".results .card")).to_have_count(2)
    page.locator(".results .card", has_text="Norvane Slim").click()
    expect(page.locator("#together .item")).to_contain_text("Ekdal laptop sleeve")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#cart-count")).to_have_text("1")
    page.locator("#together .link").click()
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name=re.compile(r"^Cart")).click()
    expect(page.locator(".amounts .total")).to_contain_text("€1,108.68")  # 923.90, free shipping, 20 % VAT
    page.get_by_label("Ship to").select_option(label="Germany")
    expect(page.locator(".amounts")).to_contain_text("VAT (Germany)")
    page.get_by_label("Ship to").select_option(label="France")
    page.get_by_placeholder("optional").fill("NOSUCHCODE")
    page.get_by_role("button", name="Place demo order").click()
    expect(page.get_by_role("alert")).to_contain_text("NOSUCHCODE")
    page.get_by_placeholder("optional").fill("WELCOME10")
    page.get_by_placeholder("optional").press("Tab")
    expect(page.locator(".amounts .total")).to_contain_text("€997.81")
    page.get_by_role("button", name="Place demo order").click()
    expect(page.locator("h1")).to_have_text("Thank you.")
    number = page.locator("main b").inner_text()
    expect(page.locator(".amounts .total")).to_contain_text("€997.81")
    placed = page.url
    page.goto(placed.replace("number=", "number=9"))
    expect(page.get_by_role("alert")).to_contain_text("There is no order")
    page.goto("about:blank")  # leaving hands the rest over by beacon

    def mine() -> list[dict[str, Any]]:
        return [event for event in shop.events() if event["anonymousId"] == visitor]

    expected = {
        "page",
        "Products Searched",
        "Product Clicked",
        "Product Viewed",
        "Product Added",
        "Cart Viewed",
        "Checkout Started",
        "Order Completed",
        "Recommendations Viewed",
    }

    def arrived() -> None:
        assert {event["event"] or event["type"] for event in mine()} >= expected

    wait_until(arrived, "the last click", seconds=60)
    events = {event["event"] or event["type"]: event for event in mine()}
    assert events["Products Searched"]["properties"] == {
        "query": "lapotp",
        "filters": [{"type": "brand", "value": "Norvane"}],
        "sorts": [],
        "results": 2,
    }
    assert (
        events["Product Clicked"]["properties"]["recommendation"] | {"slot": "product", "rank": 1}
        == (events["Product Clicked"]["properties"]["recommendation"])
    ), "the click on a recommendation carries its slot and rank"
    assert (
        events["Product Viewed"]["properties"] | {"product_id": "4", "price": 24.9}
        == events["Product Viewed"]["properties"]
    )
    order = events["Order Completed"]["properties"]
    assert order | {"revenue": 831.51, "discount": 92.39, "tax": 166.3, "currency": "EUR"} == order
    assert number.startswith("#") and order["order_id"].isdigit()
    assert [line["product_id"] for line in order["products"]] == ["1", "4"]
    by_id = {event["messageId"]: event for event in mine()}  # one that nobody answered in time is sent again, the same
    assert all(by_id[event["messageId"]]["properties"] == event["properties"] for event in mine())
    assert len({event["context"]["sessionId"] for event in mine()}) == 1


def test_a_click_is_followed_through_kafka_spark_and_table(page: Page, shop: Shop) -> None:
    """The test plays Spark, when the event is in Kafka."""
    page.goto(f"{shop.url}/product/1")
    visitor = agree(page)
    page.get_by_text("Follow my last click").click()
    page.evaluate(
        """() => { window.seen = new Promise((done) => addEventListener("comptoir:sent", ({ detail }) =>
            detail.messages.some(({ event, properties }) =>
                event === "Product Viewed" && properties?.product_id === "2") && done())); }"""
    )
    page.locator("#similar .link[href='/product/2']").click()
    page.evaluate("window.seen")  # its view is in Kafka, not only the click on it or the view of the first product
    expect(page.locator("#follow th")).to_have_count(4)
    expect(page.locator("#follow")).to_contain_text("Kafka has it")
    expect(page.locator("#follow tr").nth(2)).to_contain_text("on its way")
    recommend_to(shop.database, visitor, ["3", "5"], "Because you look around", datetime.now(UTC))
    expect(page.locator("#follow tr").nth(3)).to_contain_text("ms")
    offsets = [
        int(text) for text in re.findall(r"\+([0-9]+) ms", page.locator("#follow").inner_text().replace(",", ""))
    ]
    assert len(offsets) == 4 and offsets[0] == 0 and offsets == sorted(offsets)


def test_events_wait_in_the_browser_while_the_collector_is_away(page: Page, shop: Shop) -> None:
    page.goto(shop.url)
    page.route(f"{shop.collector}/**", lambda route: route.abort())
    visitor = agree(page)
    page.locator("#for-you .link").first.click()
    expect(page.locator("article.product h1")).to_be_visible()
    page.wait_for_timeout(600)
    assert visitor not in {event["anonymousId"] for event in shop.events()}
    page.unroute(f"{shop.collector}/**")
    page.reload()

    def viewed() -> None:
        assert ("Product Viewed", visitor) in {(event["event"], event["anonymousId"]) for event in shop.events()}

    wait_until(viewed, "what was kept", seconds=60)


def test_the_pages_say_what_is_missing(page: Page, shop: Shop, tmp_path: Path) -> None:
    page.goto(f"{shop.url}/product/no-such-product")
    expect(page.get_by_role("alert")).to_have_text("There is no product 'no-such-product'.")
    page.goto(f"{shop.url}/search?sort=best")
    expect(page.get_by_role("alert")).to_contain_text("sort must be one of")


@pytest.mark.parametrize("damaged", ["%", "%zz", "a%2"])
def test_a_damaged_address_gets_a_sentence(page: Page, shop: Shop, damaged: str) -> None:
    page.goto(f"{shop.url}/product/{damaged}")
    expect(page.get_by_role("alert")).to_have_text(f"There is no product '{damaged}'.")
    expect(page.locator("#departments a").first).to_be_visible()


def test_the_security_policy_lets_no_inline_script_run(browser: Browser, shop: Shop) -> None:
    page = browser.new_page()
    page.goto(shop.url)
    expect(page.locator("#for-you .item").first).to_be_visible()
    refused = page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.head.append(script);
        })"""
    )
    assert (refused, page.evaluate("window.ran")) == ("script-src-elem", None)
    page.close()
