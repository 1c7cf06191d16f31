"""What anybody may send the storefront: each is refused with one sentence, nothing fails, and the work is bounded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from comptoir.settings import Settings
from storefront.api import make_app
from storefront.parameters import MAX_ATTRIBUTES, MAX_FILTERS, QUERY_CHARACTERS
from storefront.request_checks import MAX_BODY_BYTES
from storefront.search.builder import index_products
from storefront.search.filters import Filters
from storefront.search.reader import SearchIndex
from tests.support.products import SHELF
from tests.support.raw_http import exchange
from tests.support.storefront_process import NOWHERE, storefront_process

SEARCH = b"/v1/search?"
NUL = "The query of the address holds a NUL character (%00): leave it out."
NOT_UTF8 = "The query of the address is not percent-encoded UTF-8: encode it so."


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Without a database: what is refused is refused before it is asked."""
    with storefront_process(tmp_path_factory.mktemp("shop"), NOWHERE) as found:
        yield found


@pytest.mark.parametrize(
    ("target", "status", "sentence"),
    [
        (SEARCH + b"q=%00", 400, NUL),
        (SEARCH + b"%00=1", 400, NUL),
        (b"/v1/recommendations?visitor_id=%00", 400, NUL),
        (b"/v1/trending?category=a%00", 400, NUL),
        (b"/v1/products/%00/neighbours", 400, "The path of the address holds a NUL character (%00): leave it out."),
        (b"/static/%00", 400, "The path of the address holds a NUL character (%00): leave it out."),
        (SEARCH + b"q=%ff", 400, NOT_UTF8),
        (SEARCH + b"q=%ed%a0%80", 400, NOT_UTF8),
        (b"/product/%c3", 400, "The path of the address is not percent-encoded UTF-8: encode it so."),
        (b"/" + b"a" * 3_000, 414, "The path of the address has 3001 bytes: send at most 2000."),
        (b"/" + b"../" * 900, 414, "The path of the address has 2701 bytes: send at most 2000."),
        (SEARCH + b"q=" + b"a" * 9_000, 414, "The query of the address has 9002 bytes: send at most 8000."),
        (SEARCH + b"&" * 5_000, 400, "The query has 5001 parameters: send at most 100."),
        (SEARCH + b"q=" + b"a" * 501, 400, "q has 501 characters: send at most 500."),
        (SEARCH + b"q=a&q=b", 400, "q is given 2 times: send it once."),
        (SEARCH + b"sort=rating&sort=", 400, "sort is given 2 times: send it once."),
        (
            SEARCH + b"&".join(b"brand=%d" % number for number in range(60)),
            400,
            "The filters have 60 values: send at most 50.",
        ),
        (
            SEARCH + b"&".join(b"attr.a%d=x" % number for number in range(13)),
            400,
            "The filters name 13 attributes (attr.*): send at most 12.",
        ),
        (
            SEARCH + b"limit=" + b"9" * 200,
            400,
            f"limit must be a whole number from 0 to 100, not '{'9' * 80}'… (200 characters).",
        ),
        (SEARCH + b"offset=-0", 400, "offset must be a whole number from 0 to 10000, not '-0'."),
        (SEARCH + b"price_min=1e999", 400, "price_min must be a number, not '1e999'."),
        (SEARCH + b"price_max=" + b"9" * 255, 200, None),
        (b"/v1/trending?n=99999999999999999999", 400, None),
        (b"/v1/recommendations?visitor_id=" + b"v" * 256, 400, "visitor_id has 256 characters: send at most 255."),
        (b"/v1/recommendations?slot=cart%27", 400, 'slot must be one of home, product, cart, not "cart\'".'),
        (b"/static/../../pyproject.toml", 404, None),
        (b"/static/%2e%2e/%2e%2e/pyproject.toml", 404, None),
        (b"/static/..%2f..%2fpyproject.toml", 404, None),
        (b"/static/%252e%252e%252fpyproject.toml", 404, None),
        (b"/static//etc/passwd", 404, None),
        (b"/static/..%5c..%5cpyproject.toml", 404, None),
        (b"/static/" + b"a" * 300, 404, None),
        (b"/static/index.html/x", 404, None),
        (b"/%252e%252e/v1/search", 404, None),
        (
            b"/v2/search",
            404,
            "There is nothing at '/v2/search': the API is below /v1/, the shop begins at /.",
        ),
        (b"/v1/products/%252500", 404, "There is no product '%2500'."),
        (b"/product/%", 200, None),
    ],
)
def test_a_hostile_address_is_refused_with_a_sentence(
    port: int, target: bytes, status: int, sentence: str | None
) -> None:
    answer = exchange(port, target)
    assert answer.status == status, answer.body
    if status != 200:
        assert answer.error == sentence or (sentence is None and answer.error.endswith("."))


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "status", "sentence"),
    [
        ("POST", b"/v1/search", [], b"q=laptop", 405, "'/v1/search' is not answered to 'POST': use GET or HEAD."),
        ("DELETE", b"/", [], b"", 405, "'/' is not answered to 'DELETE': use GET or HEAD."),
        ("OPTIONS", b"/v1/trending", [], b"", 405, "'/v1/trending' is not answered to 'OPTIONS': use GET or HEAD."),
        ("PROPFIND", b"/static/shop.css", [], b"", 405, None),
        ("TRACE", b"/health", [], b"", 405, None),
        ("GET", b"/demo/orders", [], b"", 405, "'/demo/orders' is not answered to 'GET': use POST."),
        ("GET", b"/v1/search", [("connection", "upgrade"), ("upgrade", "WebSocket")], b"", 400, None),
        ("GET", b"/v1/search", [("x", "y" * 20_000)], b"", 431, None),
        ("GET", b"/v1/search", [("content-length", "9" * 18)], b"", 413, None),
        ("POST", b"/demo/orders", [("content-length", "64001")], b"", 413, None),
        ("POST", b"/demo/orders", [("transfer-encoding", "chunked")], b"ffff\r\n" + b"0" * 65_535 + b"\r\n", 413, None),
        ("GET", b"/static/shop.css", [("range", "bytes=" + "0-," * 3_000)], b"", 200, None),
        ("GET", b"/static/shop.css", [("range", "pages=one")], b"", 200, None),
    ],
)
def test_an_odd_request_is_refused_with_a_sentence(
    port: int,
    method: str,
    target: bytes,
    headers: list[tuple[str, str]],
    body: bytes,
    status: int,
    sentence: str | None,
) -> None:
    answer = exchange(port, target, method, headers, body)
    assert answer.status == status, answer.body
    if status != 200:
        assert answer.error == sentence or (sentence is None and answer.error.endswith("."))
    if status == 405:
        assert answer.headers["allow"]


def test_head_answers_the_headers_alone(port: int) -> None:
    for target, status in ((b"/v1/search", 200), (b"/v1/search?q=%00", 400), (b"/nowhere", 404), (b"/", 200)):
        answer = exchange(port, target, "HEAD")
        assert (answer.status, answer.body) == (status, b"")
        assert int(answer.headers["content-length"]) > 0


def _asked(app: Any, receive: Callable[[], Any]) -> tuple[int, bytes]:
    """POST /demo/orders, its body from `receive`: status and body of the answer."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/demo/orders",
        "raw_path": b"/demo/orders",
        "query_string": b"",
        "headers": [],
        "scheme": "http",
        "client": ("127.0.0.1", 1),
    }
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


def test_a_body_is_not_read_beyond_its_limit(tmp_path: Path) -> None:
    read = 0

    async def endless() -> dict[str, Any]:
        nonlocal read
        read += 1_000
        return {"type": "http.request", "body": b"0" * 1_000, "more_body": True}

    status, body = _asked(make_app(Settings(data_dir=tmp_path)), endless)
    assert (status, body) == (413, b'{"error":"The body has more than 64000 bytes: send a smaller one."}')
    assert read == MAX_BODY_BYTES + 1_000


def test_a_slow_body_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storefront.request_checks.BODY_SECONDS", 0.2)

    async def dripping() -> dict[str, Any]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"0", "more_body": True}

    status, body = _asked(make_app(Settings(data_dir=tmp_path)), dripping)
    assert status == 408 and b"did not arrive within" in body


def test_five_thousand_parameters_are_answered_at_once(port: int) -> None:
    """They took 3.7 s when each became a filter."""
    target = SEARCH + b"&".join(b"attr.a%d=x" % number for number in range(5_000))
    started = time.perf_counter()
    answer = exchange(port, target)
    assert (answer.status, time.perf_counter() - started < 1.5) == (414, True)


def test_the_most_filters_that_are_taken_cost_little(tmp_path: Path) -> None:
    """And the longest query: sixteen words that the catalogue does not have."""
    index_products(SHELF * 250, tmp_path)
    index = SearchIndex(tmp_path)
    values = tuple(f"a{number % MAX_ATTRIBUTES}={number}" for number in range(MAX_FILTERS))
    words = " ".join(f"qwertyuiop{'asdfghjkl' * 2}{letter}" for letter in "abcdefghijklmnop")[:QUERY_CHARACTERS]
    filters = Filters({"attribute": values}, price_min=1, rating_min=1, in_stock=True)
    index.search("laptop")
    started = time.process_time()
    for text in ("laptop", words):
        for _ in range(10):
            index.search(text, filters, offset=10_000)
    assert time.process_time() - started < 10
