"""Open requests: an operator is told whom each is about, and of a guest how to find them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from cli.app import app
from comptoir.settings import get_settings
from privacy.requests import close_by_hand, open_requests, request_by_id

ORDERS = [299938, 280263]
ASKED: list[tuple[str, int | None, dict[str, Any], str]] = [
    (
        "customers/redact",
        None,
        {"customer": {"email": "ada@example.org"}, "orders_to_redact": ORDERS},
        "customers/redact of a guest (ada@example.org; orders 299938, 280263) (w0)",
    ),
    (
        "customers/data_request",
        None,
        {"customer": {"phone": "555-625-1199"}, "orders_requested": []},
        "customers/data_request of a guest (555-625-1199) (w1)",
    ),
    (
        "customers/data_request",
        None,
        {"customer": {}, "orders_requested": ORDERS},
        "customers/data_request of a guest (orders 299938, 280263) (w2)",
    ),
    (
        "customers/redact",
        4711,
        {"customer": {"id": 4711}, "orders_to_redact": ORDERS},
        "customers/redact of customer 4711 (w3)",
    ),
    ("shop/redact", None, {"shop_id": 954889}, "shop/redact of the whole shop (w4)"),
    ("customers/redact", None, {}, "customers/redact of a guest (w5)"),
]
STORE = """
    insert into pii.privacy_requests (webhook_id, topic, shop_domain, customer_id, payload, due_at)
    values (%s, %s, 'my-shop.myshopify.com', %s, %s, now() + interval '30 days')
"""


@pytest.mark.services
def test_the_list_says_whom_a_request_is_about(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(database) as owner:
        for place, (topic, customer, payload, _) in enumerate(ASKED):
            owner.execute(STORE, [f"w{place}", topic, customer, json.dumps(payload)])
    monkeypatch.setenv("COMPTOIR_POSTGRES_URL", database)
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    try:
        listed = CliRunner().invoke(app, ["privacy", "requests"])
    finally:
        get_settings.cache_clear()
    assert listed.exit_code == 0
    assert [line.partition(" ")[2] for line in listed.output.splitlines()] == [line for *_, line in ASKED]


@pytest.mark.services
def test_a_closed_request_forgets_the_guest(database: str) -> None:
    with psycopg.connect(database) as owner:
        topic, customer, payload, _ = ASKED[0]
        owner.execute(STORE, ["w0", topic, customer, json.dumps(payload)])
        assert request_by_id(owner, "w0").payload == payload
        close_by_hand(owner, request_by_id(owner, "w0"), "me@host")
        assert open_requests(owner) == []
        assert owner.execute("select payload from pii.privacy_requests").fetchall() == [({},)]
