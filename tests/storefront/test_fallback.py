"""While Postgres is away one request at a time asks for it, and all are answered with the last trending list."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest

from storefront import fallback
from storefront.fallback import PROBE_SECONDS, RETRY_SECONDS, Fallback
from storefront.search.builder import index_products
from tests.support.products import SHELF
from tests.support.serving import fill_serving
from tests.support.storefront_client import client_of


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(fallback, "time", clock)
    return clock


def test_while_postgres_answers_everybody_asks(clock: Clock, tmp_path: Path) -> None:
    kept = Fallback(tmp_path / "trending.json")
    assert all(kept.may_ask() for _ in range(5))


def test_after_a_failure_one_asks_and_the_others_do_without(clock: Clock, tmp_path: Path) -> None:
    kept = Fallback(tmp_path / "trending.json")
    kept.note_failure()
    assert not kept.may_ask()
    clock.now += RETRY_SECONDS
    assert [kept.may_ask() for _ in range(3)] == [True, False, False], "the second would wait for the same"
    kept.note_failure()
    clock.now += RETRY_SECONDS
    assert [kept.may_ask() for _ in range(2)] == [True, False]
    kept.note_success()
    assert all(kept.may_ask() for _ in range(5))


def test_one_who_asked_and_never_came_back_is_not_waited_for(clock: Clock, tmp_path: Path) -> None:
    kept = Fallback(tmp_path / "trending.json")
    kept.note_failure()
    clock.now += RETRY_SECONDS
    assert kept.may_ask()
    clock.now += PROBE_SECONDS
    assert kept.may_ask()


def test_without_a_database_the_last_trending_list_is_recommended(tmp_path: Path) -> None:
    index_products(SHELF, tmp_path / "search_index")
    kept = [{"product_id": row["product_id"], "title": row["title"], "category": row["category"]} for row in SHELF]
    Fallback(tmp_path / "storefront" / "trending.json").keep(kept)
    with client_of(tmp_path) as client:
        product_page = client.get("/v1/recommendations?slot=product&product_id=1&n=3").json()
        assert [(item["product_id"], item["rank"]) for item in product_page["items"]] == [("2", 1), ("3", 2), ("4", 3)]
        assert (product_page["fallback"], product_page["as_of"][:2]) == (True, "20")
        monitors = client.get("/v1/trending?category=Monitors").json()
        assert [item["product_id"] for item in monitors["items"]] == ["7"]
        assert client.get("/v1/products/1/neighbours").json()["fallback"] is True
        assert client.get("/health").status_code == 503


@pytest.mark.services
def test_recommendations_come_back_with_the_database(tmp_path: Path, database: str) -> None:
    """While Postgres refuses, the last trending list is answered; soon after it is back, the tables again."""
    fill_serving(database, SHELF)
    name = database.rpartition("/")[2]
    server = f"{database.rpartition('/')[0]}/postgres"
    with client_of(tmp_path, database) as client, psycopg.connect(server, autocommit=True) as admin:
        before = client.get("/v1/trending").json()
        assert before["fallback"] is False
        admin.execute(f'alter database "{name}" allow_connections false')
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        away = client.get("/v1/trending").json()
        assert away["fallback"] is True
        assert [item["product_id"] for item in away["items"]] == [item["product_id"] for item in before["items"]]
        assert client.get("/health").status_code == 503
        assert client.get("/v1/search?q=laptop").status_code == 503, "this shop has no index"
        admin.execute(f'alter database "{name}" allow_connections true')
        deadline = time.monotonic() + 10
        while (back := client.get("/v1/trending").json()).get("fallback") and time.monotonic() < deadline:
            time.sleep(0.2)
        assert back == before
