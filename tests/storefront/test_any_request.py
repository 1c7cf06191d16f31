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

NAMES = {
    "/v1/search": (
        "q",
        "sort",
        "limit",
        "offset",
        "facets",
        "brand",
        "attr.x",
        "price_min",
        "rating_min",
        "in_stock",
        "exact",
        "highlight",
        "attr_min.x",
        "attr_max.x",
    ),
    "/v1/suggest": ("q", "limit"),
    "/v1/facets/{}": ("q", "facet_query", "limit", "brand", "attr_min.x"),
    "/v1/trending": ("category", "n"),
    "/v1/recommendations": ("visitor_id", "product_id", "slot", "n"),
    "/v1/products/{}/neighbours": ("kind", "n"),
    "/v1/products/{}": (),
    "/v1/search/{}": ("q",),
    "/product/{}": (),
    "/search": ("q", "page", "until", "brand", "sort"),
    "/thanks": ("order", "number"),
    "/clients/{}": (),
    "/demo/orders/{}": ("number",),
    "/static/{}": (),
    "/static/js/{}": (),
    "/{}": ("q",),
    "/demo/orders": (),
    "/health": (),
}
TRICKS = ("%00", "%", "%%", "%zz", "%ff", "%ed%a0%80", "../", "%2e%2e%2f", "%252e", "%0d%0aX:y", ";", "\\", "//", "'",
          "1e308", "-1", "nan", "9" * 30, "²", "😀", "laptop", "home", "visitor-1")  # fmt: skip
texts = st.one_of(
    st.just("%00"),
    st.sampled_from(TRICKS).map(lambda text: quote(text, safe="%/\\;'")),
    st.text(max_size=40).map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="")),
    st.binary(max_size=20).map(quote_from_bytes),
)


def target(path: str) -> st.SearchStrategy[str]:
    """The path with a text in its gap, and a query of the parameters that it reads, or of others."""
    names = st.sampled_from([*NAMES[path], "other"])
    pairs = st.lists(st.tuples(names, texts).map("=".join), max_size=5)
    return st.tuples(texts.map(path.format), pairs.map("&".join)).map("?".join)


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
    address=st.sampled_from(list(NAMES)).flatmap(target),
    headers=request_headers,
    body=st.binary(max_size=200),
)
def test_no_request_makes_the_storefront_fail(
    whole_port: int, method: str, address: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    answer = exchange(whole_port, address.encode(), method, headers, body)
    assert is_answered(answer, method), (answer.status, answer.body)
