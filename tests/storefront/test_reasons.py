"""Why products are shown, as a code and in the language asked for, and whether the lists follow clicks now."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from comptoir.stream_heartbeat import OLDEST_HEARTBEAT, PROCESS
from storefront import stream_watch
from storefront.fallback import Fallback
from storefront.search.builder import index_products
from tests.support.products import SHELF
from tests.support.serving import fill_serving
from tests.support.storefront_client import client_of


def test_a_reason_has_a_code_and_is_said_in_the_language_asked_for(tmp_path: Path) -> None:
    kept = [{"product_id": "1", "reason": "Popular in Laptops"}, {"product_id": "2"}]
    Fallback(tmp_path / "storefront" / "trending.json").keep(kept)
    with client_of(tmp_path) as client:
        for lang, sentence in (
            ("", "Popular in Laptops"),
            ("en", "Popular in Laptops"),
            ("fr", "Populaire dans Laptops"),
        ):
            answer = client.get(f"/v1/trending?lang={lang}").json()
            first, second = answer["items"]
            assert (first["reason"], first["reason_code"], first["reason_subject"]) == (
                sentence,
                "popular_in",
                "Laptops",
            )
            assert "reason_code" not in second
            assert (answer["fallback"], answer["stale"]) == (True, True)
        refused = client.get("/v1/trending?lang=xx")
        assert (refused.status_code, "lang" in refused.json()["error"]) == (400, True)


@pytest.mark.services
def test_lists_are_stale_while_the_stream_is_dead(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_watch, "ASK_SECONDS", 0.0)
    fill_serving(database, SHELF)
    index_products(SHELF, tmp_path / "search_index")
    with client_of(tmp_path, database) as client, psycopg.connect(database, autocommit=True) as connection:

        def said() -> tuple[bool, bool, bool]:
            health = client.get("/health").json()
            lists = [client.get(path).json() for path in ("/v1/recommendations", "/v1/trending")]
            assert "reason_code" in lists[0]["items"][0]
            return lists[0]["stale"], lists[1]["stale"], bool(health["stale"])

        assert said() == (False, False, False), "a shop without the stream promises nothing"
        for age, is_stale in ((OLDEST_HEARTBEAT + 5, True), (0, False)):
            connection.execute(
                "insert into ops.heartbeats (process, beat_at, details)"
                " values (%s, now() - make_interval(secs => %s), '{}') on conflict (process) do update"
                " set beat_at = excluded.beat_at",
                [PROCESS, age],
            )
            assert said() == (is_stale, is_stale, is_stale)
