"""What the storefront's HTTP API answers to a visitor: recommendations, and searches in the order of their taste."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from storefront.search.builder import index_products
from tests.support.products import SHELF
from tests.support.serving import fill_serving, recommend_to
from tests.support.storefront_client import client_of


@pytest.fixture
def whole_shop(tmp_path: Path, database: str) -> Iterator[TestClient]:
    fill_serving(database, SHELF)
    index_products(SHELF, tmp_path / "search_index")
    with client_of(tmp_path, database) as client:
        yield client


@pytest.mark.services
def test_recommendations_follow_the_visitor_and_never_run_short(whole_shop: TestClient) -> None:
    def recommended(visitor: str, **more: object) -> list[dict[str, object]]:
        answer = whole_shop.get("/v1/recommendations", params={"visitor_id": visitor, "n": 4, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    known = recommended("visitor-1")
    assert [(item["product_id"], item["source"]) for item in known[:2]] == [("7", "visitor"), ("5", "visitor")]
    assert (
        known[0] | {"title": "Opteryx Vista 27 monitor", "price": 219.0, "reason": "Because you looked at laptops"}
        == known[0]
    )
    assert [item["rank"] for item in known] == [1, 2, 3, 4]
    for items in (
        known,
        recommended(""),
        recommended("stranger"),
        recommended("stranger", slot="product", product_id="1"),
    ):
        shown = [item["product_id"] for item in items]
        assert len(set(shown)) == 4
        assert "6" not in shown, "sold out"
    on_screen = recommended("visitor-1", slot="product", product_id="7")
    assert "7" not in [item["product_id"] for item in on_screen]


@pytest.mark.services
def test_neighbours_and_trends_are_listed_by_rank(whole_shop: TestClient) -> None:
    together = whole_shop.get("/v1/products/1/neighbours?kind=together").json()["items"]
    assert [(item["product_id"], item["reason"]) for item in together] == [("4", "Often bought together")]
    trending = whole_shop.get("/v1/trending?n=2").json()["items"]
    assert [item["product_id"] for item in trending] == ["4", "2"]
    assert whole_shop.get("/health").json()["ok"] is True


@pytest.mark.services
def test_a_search_knows_the_taste_of_a_visitor_who_is_named(
    whole_shop: TestClient, tmp_path: Path, database: str
) -> None:
    recommend_to(database, "likes-quillon", ["3"], "Because you looked at it")

    def answer(shop: TestClient, **more: str) -> tuple[list[str], bool, str]:
        found = shop.get("/v1/search", params={"q": "oled laptop", **more})
        assert found.status_code == 200, found.text
        return (
            [hit["product_id"] for hit in found.json()["hits"]][:2],
            found.json()["is_personal"],
            found.headers["cache-control"],
        )

    anybody = answer(whole_shop)
    assert anybody == answer(whole_shop, visitor_id="stranger") and anybody[1:] == (False, "public, max-age=5")
    assert answer(whole_shop, visitor_id="likes-quillon") == (["3", "1"], True, "private, max-age=5")
    recommend_to(database, "likes-quillon", ["1"], "Because you looked at it")
    assert answer(whole_shop, visitor_id="likes-quillon")[0] == ["1", "3"], "at once: another taste, another answer"
    with client_of(tmp_path, database, control_share=1.0) as shop:
        assert answer(shop, visitor_id="likes-quillon") == anybody


@pytest.mark.services
def test_the_control_arm_is_shown_what_a_stranger_is_shown(
    whole_shop: TestClient, tmp_path: Path, database: str
) -> None:
    def answer(shop: TestClient, visitor: str) -> dict[str, Any]:
        return shop.get("/v1/recommendations", params={"visitor_id": visitor, "n": 4}).json()

    assert answer(whole_shop, "visitor-1")["arm"] == "treatment"
    stranger = answer(whole_shop, "")
    assert stranger["arm"] is None
    with client_of(tmp_path, database, control_share=1.0) as shop:
        control = answer(shop, "visitor-1")
    assert control["arm"] == "control"
    assert control["items"] == stranger["items"]
