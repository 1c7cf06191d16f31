"""The shop's pages in a browser while Postgres and the demo shop are away: search, filters, cart, keyboard, phone.

What needs those is in test_pages.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.shop_site import LONG_WORD, PACKAGES, ShopSite

pytestmark = pytest.mark.browser
AXE = (PACKAGES / "axe-core/axe.min.js").read_text()
PHONE = {"width": 375, "height": 780}
PAGES = ("/", "/search?q=cable", "/search?q=nothinglikethis", "/product/1", "/cart")


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    options = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | getattr(request, "param", {})
    opened = browser.new_context(**options)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, site: ShopSite) -> Iterator[Page]:
    """A visitor who said no; a script error fails the test."""
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.add_init_script(
        "localStorage.setItem('comptoir.consent', '{\"analytics\":false,\"personalisation\":false}')"
    )
    opened.set_default_timeout(30_000)
    yield opened
    assert errors == []


def open_page(page: Page, site: ShopSite, path: str) -> None:
    page.goto(site.url + path)
    expect(page.locator("main h1, main [role=alert]").first).to_be_visible()


def cart(page: Page, content: Any) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    page.add_init_script(f"localStorage.setItem('comptoir.cart', {json.dumps(text)})")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement?.dataset?.key ?? document.activeElement?.tagName")


def test_the_page_is_whole_when_recommendations_are_away(page: Page, site: ShopSite) -> None:
    open_page(page, site, "/")
    expect(page.locator("h1")).to_have_text("Electronics, over the counter.")
    expect(page.locator("#for-you")).to_be_hidden()
    open_page(page, site, "/product/1")
    expect(page.locator("h1")).to_have_text("Norvane Slim 14 laptop, OLED")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_space_ticks_a_facet_and_focus_place_and_address_stay(page: Page, site: ShopSite) -> None:
    open_page(page, site, "/search?q=cable")
    box = page.get_by_role("checkbox", name="Quillon")
    box.focus()
    page.evaluate("scrollTo(0, 60)")
    page.keyboard.press("Space")
    expect(page.locator("main [role=status]")).to_contain_text("6 products")
    expect(box).to_be_checked()
    assert (focused(page), page.evaluate("scrollY")) == ("brand=Quillon", 60)
    assert "brand=Quillon" in page.url
    page.keyboard.press("Space")
    expect(page.locator("main [role=status]")).to_contain_text("60 products")
    page.go_back()
    expect(box).to_be_checked()
    page.get_by_role("link", name="Remove Brand: Quillon").click()
    expect(page.locator("main [role=status]")).to_contain_text("60 products")


def test_suggestions_by_keyboard(page: Page, site: ShopSite) -> None:
    open_page(page, site, "/")
    box = page.locator("comptoir-search [role=combobox]")
    box.press_sequentially("lapt")
    expect(page.get_by_role("listbox")).to_be_visible()
    expect(page.get_by_role("option", name="Norvane Slim 14 laptop, OLED")).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    box.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("ArrowUp")  # the last one, a product
    active = page.locator("comptoir-search [aria-selected=true]")
    expect(active).to_have_count(1)
    assert box.get_attribute("aria-activedescendant") == active.get_attribute("id")
    box.press("Enter")
    expect(page.locator("article.product h1")).to_contain_text("laptop")


def test_show_more_of_a_facet_and_of_the_list(page: Page, site: ShopSite) -> None:
    open_page(page, site, "/search?q=cable")
    brands = page.locator("[data-group=brand] input")
    assert [box.is_visible() for box in brands.all()].count(True) == 8
    page.get_by_role("button", name="Show 2 more").click()
    assert all(box.is_visible() for box in brands.all())
    expect(page.locator("#hits li")).to_have_count(24)
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("#hits li")).to_have_count(48)
    assert "until=2" in page.url and all(box.is_visible() for box in brands.all())
    page.reload()
    expect(page.locator("#hits li")).to_have_count(48)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#hits li")).to_have_count(12)
    expect(page.locator("main")).to_contain_text("Page 3 of 3")


def test_a_page_past_the_end_leads_to_the_last(page: Page, site: ShopSite) -> None:
    open_page(page, site, "/search?q=cable&page=99")
    expect(page.locator("main")).to_contain_text("There are only 3 pages.")
    page.get_by_role("link", name="To the last page").click()
    expect(page.locator("#hits li")).to_have_count(12)


def test_back_returns_to_the_place(page: Page, site: ShopSite) -> None:
    open_page(page, site, "/search?q=cable&until=2")
    link = page.locator("#hits a").nth(40)
    link.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 500
    link.click()
    expect(page.locator("article.product")).to_be_visible()
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.locator("#hits li")).to_have_count(48)
    page.wait_for_function(f"() => Math.abs(scrollY - {before}) < 3")


def test_prices_by_slider_and_by_keyboard(page: Page, site: ShopSite) -> None:
    open_page(page, site, "/search?q=laptop")
    slider = page.get_by_role("slider", name="To")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    expect(page.locator("main [role=status]")).not_to_contain_text("4 products")
    assert "price_max" in page.url and focused(page) == "price_max"


@pytest.mark.parametrize(
    "kept", ["{", "17", '[{"product_id": 1}]', '[null, "x", {"item": {"price": 1}, "quantity": 1}]']
)
def test_a_corrupt_cart_is_an_empty_cart(page: Page, site: ShopSite, kept: str) -> None:
    cart(page, kept)
    open_page(page, site, "/cart")
    expect(page.locator("main")).to_contain_text("Your cart is empty.")


def test_the_cart_believes_the_shop_and_counts_units(page: Page, site: ShopSite) -> None:
    lines = [{"product_id": "1", "quantity": 1, "price": 0.01}, {"product_id": "4", "quantity": 200}]
    cart(page, [*lines, {"product_id": "gone", "quantity": 1}])
    open_page(page, site, "/cart")
    expect(page.locator(".lines li")).to_have_count(2)
    expect(page.locator(".lines li").first).to_contain_text("€899.00")
    expect(page.locator(".lines li").last).to_contain_text("€2,465.10")  # 99 are the most
    quantity = page.get_by_role("spinbutton", name="Quantity of Norvane Slim 14 laptop, OLED")
    quantity.fill("3")
    quantity.press("Tab")
    expect(page.locator(".lines li").first).to_contain_text("€2,697.00")
    expect(page.locator("#cart-count")).to_have_text("102")
    page.get_by_role("button", name="Remove Ekdal laptop sleeve, felt").click()
    expect(page.locator(".lines li")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("The demo shop does not answer")


def test_an_order_that_does_not_exist_is_not_confirmed(page: Page, site: ShopSite) -> None:
    open_page(page, site, "/thanks?order=%231001")
    expect(page.get_by_role("alert")).to_contain_text("There is no order")
    expect(page.locator("main")).not_to_contain_text("Thank you")


def test_a_walk_by_keyboard_alone(page: Page, site: ShopSite) -> None:
    open_page(page, site, "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")  # the shop's name
    page.keyboard.press("Tab")
    page.keyboard.type("laptop")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("“laptop”")
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page) == "brand=Norvane":
            break
    page.keyboard.press("Space")
    expect(page.locator("#hits li")).to_have_count(2)
    for _ in range(60):
        page.keyboard.press("Tab")
        if str(focused(page)).startswith("card-"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("article.product h1")).to_be_focused()
    page.keyboard.press("Tab")
    assert focused(page) == "add"
    page.keyboard.press("Enter")
    expect(page.locator("#cart-count")).to_have_text("1")
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.className") == "cart-link":
            break
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Your cart")


@pytest.mark.parametrize("context", [{"viewport": PHONE, "locale": "en-GB"}], indirect=True)
def test_nothing_is_wider_than_a_phone(page: Page, site: ShopSite) -> None:
    cart(page, [{"product_id": "1", "quantity": 2}, {"product_id": "200", "quantity": 1}])
    for path in (*PAGES, f"/search?q={LONG_WORD}", "/product/200", f"/search?q={'x' * 300}"):
        open_page(page, site, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


@pytest.mark.parametrize("context", [{"locale": "fr-FR"}], indirect=True)
def test_french(page: Page, site: ShopSite) -> None:
    cart(page, [{"product_id": "1", "quantity": 2}])
    open_page(page, site, "/search?q=laptop")
    assert page.evaluate("document.documentElement.lang") == "fr"
    expect(page.locator("main [role=status]")).to_contain_text("4 produits")
    expect(page.locator("comptoir-search [role=combobox]")).to_have_attribute("placeholder", "Rechercher un produit")
    open_page(page, site, "/cart")
    expect(page.locator("h1")).to_have_text("Votre panier")
    expect(page.locator(".lines li").first).to_contain_text("1 798,00 €")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Your cart")


def test_where_nothing_is_found_the_nearest_is_shown_with_what_was_left_out(page: Page, site: ShopSite) -> None:
    open_page(page, site, "/search?q=laptop&price_max=10")
    expect(page.locator(".empty")).to_contain_text("Nothing found")
    expect(page.locator(".nearest h2")).to_have_text("The nearest")
    expect(page.locator(".nearest p")).to_have_text("Without the filter: Price")
    expect(page.locator(".nearest .card").first).to_be_visible()


@pytest.mark.parametrize("context", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_there_is_a_list(context: BrowserContext, site: ShopSite) -> None:
    page = context.new_page()
    page.goto(site.url)
    page.get_by_role("searchbox").fill("cable")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("h1")).to_have_text("cable")
    expect(page.locator(".plain li")).to_have_count(24)
    page.get_by_role("link", name="Next").click()
    page.locator(".plain a").first.click()
    expect(page.locator("h1")).to_contain_text("cable")
    page.get_by_role("link", name="Computers").click()
    expect(page.locator(".plain li")).to_have_count(4)


@pytest.mark.parametrize("context", [{}, {"viewport": PHONE, "locale": "fr-FR"}], indirect=True, ids=["desk", "phone"])
def test_axe_finds_nothing_serious(page: Page, site: ShopSite) -> None:
    cart(page, [{"product_id": "1", "quantity": 2}])
    for path in PAGES:
        open_page(page, site, path)
        page.locator("#privacy").click()
        expect(page.locator("#consent form")).to_be_visible()
        page.evaluate(AXE)
        found = page.evaluate(
            "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })"
        )
        serious = [
            (issue["id"], [node["html"][:200] for node in issue["nodes"]])
            for issue in found["violations"]
            if issue["impact"] in ("serious", "critical")
        ]
        assert serious == [], path


def test_the_first_page_is_light(browser: Browser, site: ShopSite) -> None:
    """Of a first visitor: bytes as they came over the wire, and requests."""
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    sizes: list[float] = []
    client.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(site.url)
    expect(page.locator("#consent form")).to_be_visible()
    page.wait_for_timeout(1_000)
    assert len(sizes) <= 15
    assert sum(sizes) <= 150_000
    context.close()
