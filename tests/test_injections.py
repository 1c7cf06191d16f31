"""Texts of every corpus against every input from outside: each stays a text, or is refused; nothing runs or leaks."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import psycopg
import pytest
from msgspec import json
from starlette.testclient import TestClient

from benchmarks.support.events import client_event
from benchmarks.support.in_process import TOPIC, InProcess
from bi.csv_export import csv_of
from comptoir.settings import Settings
from storefront.api import make_app
from tests.support.injections import EVERY, FORMULA, HEADER, JSON, PATH, UNICODE

LEAKS = ("root:x:", "owned=1", "rolpassword", "Traceback", "psycopg", "syntax error")


def test_a_table_downloaded_as_csv_holds_no_formula() -> None:
    frame = pd.DataFrame({"title": EVERY, "=sum": -1.5})
    [header, *rows] = csv.reader(io.StringIO(csv_of(frame), newline=""))
    assert header == ["title", "'=sum"]
    assert [row[0].removeprefix("'") for row in rows if row[0].startswith("'")] != []
    assert all(not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for row in rows)
    assert {row[1] for row in rows} == {"-1.5"}, "a number is no formula"
    written = [row[0] for row in rows]
    assert all(f"'{text}" in written for text in FORMULA)


@pytest.mark.parametrize("place", ["event", "product_id", "query", "visitor", "user", "url", "unknown"])
def test_the_collector_keeps_a_text_as_a_text_or_refuses_it(place: str) -> None:
    for text in EVERY:
        message = client_event()
        properties = message["properties"]
        match place:
            case "event":
                message["event"] = text
            case "product_id":
                properties["product_id"] = text
            case "query":
                message |= {"event": "Products Searched", "properties": {"query": text}}
            case "visitor":
                message["anonymousId"] = text
            case "user":
                message["userId"] = text
            case "url":
                message["context"] = {**message.get("context", {}), "page": {"url": text, "referrer": text}}
            case "unknown":
                properties[text[:40]] = text
        collector = InProcess()
        answer = collector.post("/v1/batch", json.encode({"batch": [message]}))
        assert answer.status in (200, 400), (text, answer.body)
        assert not any(leak.encode() in answer.body for leak in LEAKS)
        for record in collector.sink.records:
            if record.topic == TOPIC:
                decoded = json.decode(record.value)  # one JSON document: no text has added a field to the envelope
                assert place == "user" or decoded.get("user_id") is None
                assert "admin" not in decoded


@pytest.mark.parametrize("header", [b"user-agent", b"x-forwarded-for", b"origin", b"content-type", b"authorization"])
def test_no_header_reaches_the_collectors_answer(header: bytes) -> None:
    for text in (*HEADER, *PATH, *JSON):
        body = json.encode({"batch": [client_event()]})
        value = text.encode().replace(b"\r\n", b" ").replace(b"\n", b" ")  # a server passes on no line of its own
        answer = InProcess().post("/v1/batch", body, {header: value})
        assert answer.status in (200, 400, 401, 403, 415), (text, answer.body)
        assert not any(leak.encode() in answer.body for leak in LEAKS)


@pytest.fixture
def storefront(database: str, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(
        data_dir=tmp_path,
        postgres_url=database,  # type: ignore[arg-type]
        address_requests_burst=10**6,
    )
    with TestClient(make_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.services
def test_the_storefront_answers_every_text_and_its_tables_stay(storefront: TestClient, database: str) -> None:
    for text in EVERY:
        given = quote(text, safe="")
        for target in (
            f"/v1/recommendations?visitor_id={given}&slot=home",
            f"/v1/recommendations?visitor_id=v&product_id={given}",
            f"/v1/trending?category={given}",
            f"/v1/products/{given}/neighbours",
            f"/product/{given}",
            f"/static/{given}",
            f"/{given}",
        ):
            answer = storefront.get(target, follow_redirects=False)
            assert answer.status_code < 500, (target, answer.text)
            # an answer may repeat what was asked
            assert not any(leak in answer.text for leak in LEAKS if leak not in text), target
            assert "set-cookie" not in answer.headers and "evil.example" not in answer.headers.get("location", "")
            if "<script>alert" in answer.text:
                assert answer.headers["content-type"].startswith("application/json")
    with psycopg.connect(database) as owner:
        assert owner.execute("select count(*) from serving.products").fetchone() == (0,)
    assert not Path("/tmp/owned").exists()


def test_the_corpora_are_what_they_say() -> None:
    assert len(set(EVERY)) == len(EVERY) > 40
    assert all(text.encode() for text in UNICODE), "each can be sent as UTF-8"
