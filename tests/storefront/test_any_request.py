"""No request makes the storefront fail: what hypothesis can think of, sent as bytes to the real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.products import SHELF
from tests.support.raw_http import RawAnswer, exchange
from tests.support.serving import fill_serving
from tests.support.storefront_process import storefront_process

pytestmark = pytest.mark.services

PREFIXES = (
    *("/", "/health", "/config.json", "/search", "/product/", "/static/", "/static/js/", "/cart/", "/demo/orders"),
    *("/v1/search", "/v1/search/", "/v1/trending", "/v1/recommendations", "/v1/products/", "/v1/products/1/neighbours"),
)
NAMES = ("q", "sort", "limit", "offset", "facets", "brand", "attr.x", "price_min", "rating_min", "in_stock", "n",
         "kind", "slot", "visitor_id", "product_id", "category")  # fmt: skip
TRICKS = ("%00", "%", "%%", "%zz", "%ff", "%ed%a0%80", "../", "%2e%2e%2f", "%252e", "%0d%0aX:y", ";", "\\", "//", "'",
          "1e308", "-1", "nan", "9" * 30, "²", "😀", "laptop", "home", "visitor-1")  # fmt: skip
texts = st.one_of(
    st.sampled_from(TRICKS).map(lambda text: quote(text, safe="%/\\;'")),
    st.text(max_size=40).map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="")),
    st.binary(max_size=20).map(quote_from_bytes),
)
paths = st.tuples(st.sampled_from(PREFIXES), st.lists(texts, max_size=3).map("".join)).map("".join)
queries = st.lists(st.tuples(st.sampled_from(NAMES), texts), max_size=8).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
request_headers = st.lists(
    st.tuples(
        st.sampled_from(["range", "if-range", "if-modified-since", "if-none-match", "accept", "content-type", "origin",
                         "upgrade", "x-forwarded-proto", "cookie", "accept-encoding"]),
        printable,
    ),
    max_size=3,
)  # fmt: skip


def is_answered(answer: RawAnswer, method: str) -> bool:
    """An answer, a redirect, or a refusal with one sentence; never a failure of ours."""
    if answer.status < 400:
        return True
    if method == "HEAD":
        return answer.status not in (500, 502)
    return answer.status not in (500, 502) and answer.error.endswith(".")


@pytest.fixture(scope="module")
def whole_port(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    database = make_database()
    fill_serving(database, SHELF)
    with storefront_process(tmp_path_factory.mktemp("whole shop"), database) as found:
        yield found


@settings(max_examples=1_500)
@given(
    method=st.sampled_from(["GET"] * 8 + ["HEAD", "POST", "PUT", "OPTIONS", "PATCH", "PROPFIND"]),
    path=paths,
    query=queries,
    headers=request_headers,
    body=st.binary(max_size=200),
)
def test_no_request_makes_the_storefront_fail(
    whole_port: int, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    answer = exchange(whole_port, f"{path}?{query}".encode(), method, headers, body)
    assert is_answered(answer, method), (answer.status, answer.body)
