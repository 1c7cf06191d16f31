"""Every answer says what a browser may do with it: pages, files, API, refusals and our own mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from comptoir.settings import Settings
from storefront.api import make_app
from storefront.search.builder import index_products
from storefront.search.reader import SearchIndex
from tests.support.products import SHELF


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    index_products(SHELF, tmp_path / "search_index")
    settings = Settings(data_dir=tmp_path, postgres_url="postgresql://nobody@127.0.0.1:1/none")
    with TestClient(make_app(settings), raise_server_exceptions=False) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/product/1", 200), ("/static/js/app.js", 200), ("/config.json", 200), ("/v1/search", 200),
     ("/v1/search/", 307), ("/v1/search?sort=best", 400), ("/v1/search?q=%00", 400), ("/nowhere", 404),
     ("/demo/orders", 405)],
)  # fmt: skip
def test_every_answer_has_the_headers(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == status
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["default-src"] == policy["form-action"] == "'self'", "no inline script, nothing from elsewhere"
    assert policy["connect-src"].split()[0] == "'self'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "strict-transport-security" not in answer.headers, "not over plain HTTP"
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_transport_security_is_asked_for_behind_tls(client: TestClient) -> None:
    answer = client.get("https://shop.test/v1/search")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_our_own_mistake_is_a_sentence_too(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(SearchIndex, "product", fail)
    answer = client.get("/v1/products/1")
    assert answer.status_code == 500
    assert answer.json() == {"error": "The storefront made a mistake, which its log tells: try again later."}
    assert answer.headers["content-security-policy"]
