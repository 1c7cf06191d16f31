"""instantsearch.js from npm, unmodified, in Chromium on the storefront's API through our search client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.shop_site import PACKAGES, ShopSite

pytestmark = pytest.mark.browser
LIBRARY = PACKAGES / "instantsearch.js/dist/instantsearch.production.min.js"
DOCUMENT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>
<script src="/npm/instantsearch.js"></script>
<div id="box"></div><div id="stats"></div><div id="brand"></div><div id="category"></div><div id="tree"></div>
<div id="price"></div><div id="rating"></div><div id="stock"></div><div id="sort"></div><div id="hits"></div>
<div id="pages"></div><div id="refinements"></div>
<script type="module">
  import { comptoir, insightsClient, reportSearches } from "/clients/instantsearch/index.js";
  window.tracked = [];
  const tracker = { track: (event, properties) => tracked.push([event, properties]) };
  const asked = window.asked = [];
  const ask = (url, init) => { asked.push(url); return fetch(url, init); };
  const searchClient = comptoir({ url: location.origin, fetch: ask });
  window.client = searchClient;
  const { widgets } = instantsearch;
  const search = window.search = instantsearch({
    indexName: "products",
    searchClient,
    routing: true,
    insights: { insightsClient: insightsClient(tracker) },
    future: { preserveSharedStateOnUnmount: true },
  });
  search.on("error", ({ error }) => { window.failed = error.message; });
  search.use(reportSearches(tracker));
  const hit = (item, { html, components: { Highlight } }) =>
    html`<a href="/product/${item.objectID}">${Highlight({ hit: item, attribute: "title" })}</a> <b>${item.price}</b>`;
  search.addWidgets([
    widgets.searchBox({ container: "#box" }),
    widgets.stats({ container: "#stats" }),
    widgets.refinementList({ container: "#brand", attribute: "brand", searchable: true, limit: 5, showMore: true }),
    widgets.refinementList({ container: "#category", attribute: "category" }),
    widgets.hierarchicalMenu({ container: "#tree", attributes: ["categories.lvl0", "categories.lvl1"] }),
    widgets.rangeInput({ container: "#price", attribute: "price" }),
    widgets.ratingMenu({ container: "#rating", attribute: "rating" }),
    widgets.toggleRefinement({ container: "#stock", attribute: "in_stock", on: true }),
    widgets.sortBy({ container: "#sort", items: [
      { label: "Best", value: "products" }, { label: "Cheapest", value: "products_price_asc" },
      { label: "Dearest", value: "products_price_desc" },
    ] }),
    widgets.hits({ container: "#hits", templates: { item: hit } }),
    widgets.pagination({ container: "#pages" }),
    widgets.currentRefinements({ container: "#refinements" }),
  ]);
  search.start();
</script></html>"""


@pytest.fixture
def page(browser: Browser, site: ShopSite) -> Iterator[Page]:
    opened = browser.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.route("**/shop*", lambda route: route.fulfill(content_type="text/html", body=DOCUMENT))
    opened.route("**/npm/instantsearch.js", lambda route: route.fulfill(path=LIBRARY))
    opened.goto(f"{site.url}/shop")
    expect(opened.locator("#hits .ais-Hits-item").first).to_be_visible()
    yield opened
    opened.close()
    assert errors == []


def box(page: Page, text: str) -> None:
    page.locator("#box input").fill(text)


def test_search_box_hits_and_stats(page: Page) -> None:
    box(page, "laptop")
    expect(page.locator("#stats")).to_contain_text("4 results")
    expect(page.locator("#hits .ais-Hits-item")).to_have_count(4)
    expect(page.locator("#hits")).to_contain_text("Norvane Slim 14 laptop, OLED")


def test_a_refined_list_keeps_its_other_values_and_costs_one_request(page: Page) -> None:
    brands = page.locator("#brand .ais-RefinementList-item")
    expect(brands.first).to_be_visible()
    before = page.evaluate("asked.length")
    page.locator("#brand").get_by_text("Norvane", exact=True).click()
    expect(page.locator("#stats")).to_contain_text("8 results")
    expect(page.locator("#brand").get_by_text("Quillon", exact=True)).to_be_visible()
    page.locator("#brand").get_by_text("Quillon", exact=True).click()
    expect(page.locator("#stats")).to_contain_text("15 results")
    assert page.evaluate("asked.length") - before == 2
    page.locator("#category").get_by_text("Laptops", exact=True).click()
    expect(page.locator("#stats")).to_contain_text("3 results")
    expect(page.locator("#refinements")).to_contain_text("Quillon")


def test_values_of_a_facet_are_searched(page: Page) -> None:
    box(page, "cable")
    expect(page.locator("#stats")).not_to_contain_text("69 results")  # its answer would put the whole list back
    page.locator("#brand input[type=search]").fill("qui")
    expect(page.locator("#brand .ais-RefinementList-item")).to_have_count(1)
    expect(page.locator("#brand mark")).to_have_text("Qui")
    page.locator("#brand").get_by_text("llon").click()
    expect(page.locator("#stats")).to_contain_text("6 results")


def test_the_words_found_are_marked(page: Page) -> None:
    box(page, "laptop")
    expect(page.locator("#hits mark").first).to_have_text("laptop")


def test_the_tree_of_categories(page: Page) -> None:
    page.locator("#tree").get_by_text("Computers", exact=True).click()
    expect(page.locator("#stats")).to_contain_text("4 results")
    page.locator("#tree").get_by_text("Monitors", exact=True).click()
    expect(page.locator("#stats")).to_contain_text("1 result")


def test_range_rating_and_stock(page: Page) -> None:
    box(page, "laptop")
    expect(page.locator("#stats")).to_contain_text("4 results")
    low, high = page.locator("#price input").all()
    low.fill("100")
    high.fill("1000")
    page.locator("#price button").click()
    expect(page.locator("#stats")).to_contain_text("2 results")
    page.locator("#rating a").first.click()
    expect(page.locator("#stats")).to_contain_text("1 result")
    page.goto(page.url.split("?")[0])
    expect(page.locator("#stats")).to_contain_text("69 results")
    page.locator("#stock input").check()
    expect(page.locator("#stats")).to_contain_text("68 results")


def test_sorts_and_pages(page: Page) -> None:
    page.locator("#sort select").select_option("Cheapest")
    expect(page.locator("#hits .ais-Hits-item").first).to_contain_text("cable 0 m")
    prices = [float(text) for text in page.locator("#hits b").all_inner_texts()]
    assert prices == sorted(prices) and len(prices) == 20
    page.locator("#pages").get_by_role("link", name="Page 4", exact=True).click()
    expect(page.locator("#hits .ais-Hits-item")).to_have_count(9)
    expect(page.locator("#hits .ais-Hits-item").last).to_contain_text("2199")


def test_the_address_holds_the_search_and_brings_it_back(page: Page) -> None:
    box(page, "laptop")
    page.wait_for_url("**laptop**")  # written after a pause in typing
    page.locator("#brand").get_by_text("Norvane", exact=True).click()
    expect(page.locator("#stats")).to_contain_text("2 results")
    page.wait_for_url("**Norvane**")
    page.reload()
    expect(page.locator("#stats")).to_contain_text("2 results")
    assert page.locator("#box input").input_value() == "laptop"
    page.go_back()
    expect(page.locator("#stats")).to_contain_text("4 results")


def test_searches_and_clicks_reach_the_tracker(page: Page) -> None:
    box(page, "laptop")
    page.locator("#brand").get_by_text("Norvane", exact=True).click()
    expect(page.locator("#stats")).to_contain_text("2 results")
    page.wait_for_function("() => tracked.at(-1)?.[1].results === 2")
    event, properties = page.evaluate("tracked.at(-1)")
    filters = [{"type": "brand", "value": "Norvane"}]
    assert (event, properties) == ("Products Searched", {"query": "laptop", "filters": filters, "results": 2})
    reported = page.evaluate("""async () => {
      const { insightsClient } = await import("/clients/instantsearch/index.js");
      const sent = [];
      const client = insightsClient({ track: (...event) => sent.push(event) });
      client("clickedObjectIDsAfterSearch", { eventName: "Hit Clicked", objectIDs: ["7"], positions: [3] });
      client("viewedObjectIDs", { eventName: "Hits Viewed", objectIDs: ["7"] });
      return sent;
    }""")
    assert reported == [["Product Clicked", {"product_id": "7", "position": 3}]]


def test_what_cannot_be_asked_is_said(page: Page) -> None:
    ask = """(params) => client.search([{ indexName: "products", params }])
      .then(() => "answered", (error) => error.message)"""
    assert "exclude" in page.evaluate(ask, {"facetFilters": ["brand:-Norvane"]})
    assert ">=, <= and =" in page.evaluate(ask, {"numericFilters": ["price>10"]})
    assert "facetFilters" in page.evaluate(ask, {"filters": "brand:Norvane"})
    assert "sold-out" in page.evaluate(ask, {"facetFilters": [["in_stock:false"]]})
    assert "price_min must be a number" in page.evaluate(ask, {"facetFilters": ["price_min:cheap"]})
    assert page.evaluate(ask, {"facetFilters": ["brand:Norvane", "brand:Quillon"]}) == "answered"
