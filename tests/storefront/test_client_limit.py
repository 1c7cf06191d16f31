"""An address that asks too much waits; behind a proxy it is the address that the proxy names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.raw_http import exchange
from tests.support.storefront_process import NOWHERE, storefront_process

VISITOR, NEIGHBOUR = ("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "203.0.113.8")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with storefront_process(tmp_path_factory.mktemp("shop"), NOWHERE) as found:
        yield found


def test_an_address_that_asks_too_much_waits_and_nobody_else_does(port: int) -> None:
    answers = [exchange(port, b"/v1/search?limit=0", headers=[VISITOR]) for _ in range(8)]
    assert [answer.status for answer in answers] == [200] * 6 + [429] * 2
    wait = answers[-1].headers["retry-after"]
    assert 0 < int(wait) <= 1_000
    assert answers[-1].error == f"Your address sends too many requests: send the same again in {wait} s."
    assert exchange(port, b"/", headers=[VISITOR]).status == 429, "the pages count too"
    spoofed = ("x-forwarded-for", "198.51.100.1, 203.0.113.7")
    assert exchange(port, b"/v1/search", headers=[spoofed]).status == 429, "the proxy's own word counts"
    assert exchange(port, b"/v1/search", headers=[NEIGHBOUR]).status == 200
    assert {exchange(port, b"/v1/search?limit=0").status for _ in range(20)} == {200}, "loopback has no limit"
