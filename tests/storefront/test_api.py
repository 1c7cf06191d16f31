"""The storefront's HTTP API on a real index and, where marked, a real database as its read-only role."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from starlette.testclient import TestClient

from comptoir.settings import Settings
from storefront.search.builder import build_search_index, index_products
from storefront.shop_pages import CLIENTS, PAGES
from tests.support.marts import create_marts, insert
from tests.support.products import SHELF
from tests.support.storefront_client import client_of


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TestClient]:
    """With an index, without a database."""
    index_products(SHELF, tmp_path / "search_index")
    with client_of(tmp_path) as client:
        yield client


def test_search_answers_hits_facets_and_total(shop: TestClient) -> None:
    answer = shop.get("/v1/search", params={"q": "laptop", "brand": ["Norvane", "Ekdal"], "price_max": 900, "limit": 1})
    body = answer.json()
    assert (answer.status_code, body["total"], len(body["hits"])) == (200, 3, 1)
    assert {
        "product_id",
        "title",
        "brand",
        "category",
        "price",
        "currency",
        "rating",
        "rating_count",
        "image_url",
        "is_in_stock",
        "score",
    } <= set(body["hits"][0])
    assert {"value": "Quillon", "count": 0} not in body["facets"]["brand"]
    assert set(body["facets"]) >= {"brand", "category", "department", "price", "rating", "in_stock", "attributes"}
    assert 0 < body["took_ms"] < 60_000


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("sort=best", "sort must be one of relevance, price_asc, price_desc, rating, newest, popularity, not 'best'."),
        ("limit=-1", "limit must be a whole number from 0 to 100, not '-1'."),
        ("limit=101", "limit must be a whole number from 0 to 100, not '101'."),
        ("offset=²", "offset must be a whole number from 0 to 10000, not '²'."),
        ("in_stock=yes", "in_stock must be 1 or 0, not 'yes'."),
        ("price_min=nan", "price_min must be a number, not 'nan'."),
        ("rating_min=high", "rating_min must be a number, not 'high'."),
    ],
)
def test_a_wrong_parameter_is_refused_with_a_sentence(shop: TestClient, query: str, sentence: str) -> None:
    answer = shop.get(f"/v1/search?{query}")
    assert (answer.status_code, answer.json()) == (400, {"error": sentence})


def test_suggestions_complete_queries_categories_and_products(shop: TestClient) -> None:
    answer = shop.get("/v1/suggest?q=lap&limit=3").json()
    assert answer["queries"][0]["text"] == "laptops"
    assert answer["queries"][0]["highlighted"] == "<mark>lap</mark>tops"
    assert [each["text"] for each in answer["categories"]] == ["Laptops"]
    assert {hit["product_id"] for hit in answer["products"]} <= {"1", "2", "3", "4"}
    assert "<mark>laptop</mark>" in answer["products"][0]["highlights"]["title"]
    assert shop.get("/v1/suggest?q=").json()["products"] == []


def test_values_of_a_facet_are_searched(shop: TestClient) -> None:
    values = shop.get("/v1/facets/brand?q=laptop&facet_query=NOR&brand=Ekdal").json()["values"]
    assert values == [{"value": "Norvane", "count": 2, "highlighted": "<mark>Nor</mark>vane"}]
    refused = shop.get("/v1/facets/price")
    assert (refused.status_code, refused.json()["error"][:24]) == (400, "There is no facet 'price'"[:24])


def test_an_answer_may_be_kept_until_the_index_changes(shop: TestClient, tmp_path: Path) -> None:
    first = shop.get("/v1/search?q=laptop")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=5"
    again = shop.get("/v1/search?q=laptop", headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert shop.get("/v1/search?q=laptops", headers={"if-none-match": tag}).status_code == 200
    index_products(SHELF[:2], tmp_path / "search_index")
    changed = shop.get("/v1/search?q=laptop", headers={"if-none-match": tag})
    assert (changed.status_code, changed.json()["total"]) == (200, 2)


def test_answers_are_compressed_for_who_takes_it(shop: TestClient) -> None:
    plain = shop.get("/v1/search", headers={"accept-encoding": "identity"})
    packed = shop.get("/v1/search", headers={"accept-encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.json()["total"]) == ("gzip", plain.json()["total"])
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2


def test_other_sites_read_the_api_only_when_they_are_listed(shop: TestClient, tmp_path: Path) -> None:
    def allowed(client: TestClient, origin: str) -> str | None:
        return client.get("/v1/search", headers={"origin": origin}).headers.get("access-control-allow-origin")

    assert allowed(shop, "https://shop.example") is None
    with client_of(tmp_path, storefront_origins="https://shop.example,null") as client:
        assert allowed(client, "https://shop.example") == "https://shop.example"
        assert allowed(client, "null") == "null"
        assert allowed(client, "https://other.example") is None
        asked = {"origin": "https://shop.example", "access-control-request-method": "GET"}
        assert client.options("/v1/search", headers=asked).status_code == 200


def test_metrics_count_requests_and_searches(shop: TestClient) -> None:
    shop.get("/v1/search?q=laptop")
    shop.get("/v1/search?q=xylophone")
    shop.get("/no/such/path")
    text = shop.get("/metrics").text
    assert 'storefront_searches_total{match="none"} 1.0' in text
    assert 'storefront_requests_total{path="/v1/search",status="200"} 2.0' in text
    assert 'storefront_requests_total{path="other",status="404"} 1.0' in text


def test_the_description_names_every_path_and_what_it_answers(shop: TestClient) -> None:
    description = shop.get("/openapi.json").json()
    assert description["openapi"] == "3.1.0"
    cards = description["components"]["schemas"]["Card"]["properties"]
    assert set(shop.get("/v1/search?q=laptop&highlight=1").json()["hits"][0]) <= set(cards)
    for path, operations in description["paths"].items():
        filled = path.format(facet="brand", product_id="1")
        assert shop.get(filled).status_code in (200, 503), path
        assert operations["get"]["responses"]["200"], path


def test_a_product_is_shown_with_its_attributes(shop: TestClient) -> None:
    assert shop.get("/v1/products/3").json()["title"] == "Quillon Studio 16 laptop, OLED"
    missing = shop.get("/v1/products/99")
    assert (missing.status_code, missing.json()) == (404, {"error": "There is no product '99'."})


def test_what_is_missing_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    with client_of(tmp_path) as client:
        search = client.get("/v1/search?q=laptop")
        recommendations = client.get("/v1/recommendations?visitor_id=v")
        health = client.get("/health")
        assert client.get("/").status_code == 200
    assert search.status_code == recommendations.status_code == health.status_code == 503
    assert search.json()["error"].startswith("The search index is not built yet")
    assert recommendations.json()["error"].startswith("The recommendation tables cannot be read")
    assert recommendations.headers["retry-after"]
    assert set(health.json()["missing"]) == {"search", "recommendations"}


def test_the_checkout_says_when_the_demo_shop_is_away(shop: TestClient) -> None:
    answer = shop.post("/demo/orders", json={"lines": []})
    assert (answer.status_code, answer.json()["error"][:31]) == (503, "The demo shop does not answer (")


def test_the_pages_load_nothing_from_elsewhere(shop: TestClient) -> None:
    document = shop.get("/product/1")
    assert "default-src 'self'" in document.headers["content-security-policy"]
    namespace = "http://www.w3.org/2000/svg"
    assert 'content="{&quot;collector_url&quot;' in document.text
    for file in PAGES.rglob("*.*"):
        assert not re.findall(r"https?://", file.read_text().replace(namespace, "")), file
    assert shop.get("/config.json").json()["collector_url"].startswith("http")


def test_the_tracker_stays_small() -> None:
    assert len(gzip.compress((CLIENTS / "tracker.js").read_bytes(), 9)) < 4096


@pytest.mark.services
def test_the_index_holds_the_published_products_of_the_mart(database: str, tmp_path: Path) -> None:
    create_marts(database, "dim_products")
    columns = (
        "product_id",
        "title",
        "brand",
        "category",
        "department",
        "price_amount",
        "currency",
        "rating",
        "rating_count",
        "is_in_stock",
    )
    rows = [
        {name: row[name] for name in columns} | {"is_published": row["product_id"] != "2", "abc_class": "C"}
        for row in SHELF
    ]
    rows[0] |= {"attributes": '{"screen_size": "14"}', "description": "Made for long train rides."}
    insert(database, "dim_products", rows)
    report = build_search_index(database, tmp_path / "search_index")
    assert report.products == len(SHELF) - 1
    with client_of(tmp_path) as client:
        hits = client.get("/v1/search?q=train rides").json()["hits"]
        assert [(hit["product_id"], hit["price"]) for hit in hits] == [("1", 899.0)]
        assert client.get("/v1/products/1").json()["attributes"] == {"screen_size": "14"}
        assert client.get("/v1/products/2").status_code == 404


def test_a_search_goes_on_without_taste_while_postgres_is_away(shop: TestClient) -> None:
    found = shop.get("/v1/search", params={"q": "laptop", "visitor_id": "somebody"})
    assert (found.status_code, found.json()["is_personal"]) == (200, False)


@pytest.mark.services
def test_the_storefront_only_reads(database: str) -> None:
    settings = Settings(postgres_url=database, storefront_password="storefront")  # not a demo's on this machine
    with psycopg.connect(settings.database_url_as("storefront")) as connection, pytest.raises(psycopg.errors.Error):
        connection.execute("set transaction read write")
        connection.execute("delete from serving.products")
