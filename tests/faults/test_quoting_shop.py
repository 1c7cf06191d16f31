"""Shops whose answers to the unmodified connectors quote a person: nothing of them is told, logged or stored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.support.running_shop import Fault, RunningShop, running_shop
from demo_shop.store.store import STORE_FILE, Store
from ingestion.shop_sync import sync_shop
from ingestion.sync_report import IngestionError
from tests.support.byte_search import files_with
from tests.support.magento_shop import magento_shop
from tests.support.quoting import HALF, OBJECTS, PASSING, RECORDS, REFUSALS, SAID, STRANGE, WORDS, words_about

pytestmark = pytest.mark.services

REST = ("/customers.json", "/orders.json", "/price_rules.json", "/checkouts.json", "/transactions.json")
ORDERS = ("/orders.json",)  # one stream: the connector gives one up after half a minute of repeating
BULK = ("/graphql.json",)

# what the connector for Shopify is answered by each of these parts of the API, one after the other
OF_SHOPIFY: dict[str, tuple[tuple[str, ...], tuple[Response, ...]]] = {
    **{name: (ORDERS if name == "not accepted" else REST, (answer,)) for name, answer in REFUSALS.items()},
    "broken": (ORDERS, PASSING),
    "texts for numbers and dates": (("/customers.json",), (JSONResponse({"customers": STRANGE}),)),
    "a text for a date": (("/customers.json",), (JSONResponse({"customers": [one | {"id": 7} for one in STRANGE]}),)),
    "a query refused": (BULK, (JSONResponse(OBJECTS),)),
    "a query answered with a person": (BULK, (JSONResponse({"data": RECORDS[0] | {"people": RECORDS}}),)),
    "a result that is none": (("/demo/bulk",), (PlainTextResponse("\n".join((HALF, *SAID))),)),
    "nothing else": (("/",), (JSONResponse(OBJECTS, 403),)),
}
OF_MAGENTO = {name: (answer,) for name, answer in REFUSALS.items()} | {
    "broken": PASSING,
    "texts for numbers and dates": (JSONResponse({"items": STRANGE, "total_count": 30}),),
}


def to_the_connector(paths: tuple[str, ...], answers: tuple[Response, ...]) -> Fault:
    """The next answer where the connector asks; our own queries, of which each sync makes the first, are answered."""
    following = cycle(answers)

    async def fault(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        client = dict(scope["headers"]).get(b"user-agent", b"")
        is_meant = not client.startswith(b"python-httpx") and any(path in scope["path"] for path in paths)
        await (next(following) if is_meant else app)(scope, receive, send)

    return fault


def told_by(sync: Callable[[], Any], caplog: pytest.LogCaptureFixture) -> str:
    """The report or the error of a sync, and all that it logged."""
    with caplog.at_level(logging.DEBUG):
        try:
            told = str(sync())
        except IngestionError as error:
            told = str(error)
    return f"{told} {caplog.text}"


@pytest.fixture(scope="module")
def shop(make_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """One shop for all tests, synced once."""
    with running_shop(make_database(), tmp_path_factory.mktemp("shop"), key_comparison_hours=0) as shop:
        assert sync_shop(shop.settings).success
        yield shop


@pytest.mark.parametrize(("paths", "answers"), OF_SHOPIFY.values(), ids=OF_SHOPIFY.keys())
def test_shopify(
    shop: RunningShop, caplog: pytest.LogCaptureFixture, paths: tuple[str, ...], answers: tuple[Response, ...]
) -> None:
    shop.faults = [("/", to_the_connector(paths, answers))] * 10_000
    asked = len(shop.paths)
    told = told_by(lambda: sync_shop(shop.settings), caplog)
    assert any(path in seen for path in paths for seen in shop.paths[asked:]), "the connector met it"
    assert words_about(told, shop.settings.database_url) == []
    assert files_with(Path(shop.settings.data_dir), WORDS) == []


def test_shopify_is_read_again_after_all_of_them(shop: RunningShop) -> None:
    shop.faults = []
    report = sync_shop(shop.settings)
    assert report.success and report.completeness and report.completeness.is_complete, report


@pytest.mark.parametrize("answers", OF_MAGENTO.values(), ids=OF_MAGENTO.keys())
def test_magento(
    database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, answers: tuple[Response, ...]
) -> None:
    following = cycle(answers)
    store = Store(tmp_path / STORE_FILE)
    with magento_shop(store, tmp_path) as shop:
        shop.before = lambda _path, _times: next(following)
        told = told_by(lambda: shop.sync(database, "customers", "orders"), caplog)
        assert shop.asked, "the connector met it"
    store.close()
    assert words_about(told, database) == []
    assert files_with(tmp_path, WORDS) == []
