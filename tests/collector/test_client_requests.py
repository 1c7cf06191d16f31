"""Requests of clients in the wild, by path, key, header and coding: what the collector makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import json

from benchmarks.support.collecting import ORIGIN, WRITE_KEY
from benchmarks.support.in_process import InProcess, Reply
from collector.app import EVENT_PATHS, SHORT_PATHS
from tests.support.client_messages import landed, message

TEXT = {b"content-type": b"text/plain"}


@pytest.mark.parametrize("path", [*EVENT_PATHS, *SHORT_PATHS])
@pytest.mark.parametrize("slash", ["", "/"])
def test_each_path_takes_its_kind(path: str, slash: str) -> None:
    long = SHORT_PATHS.get(path, path)
    kind = long.rpartition("/")[2]
    body = {"batch": [message()]} if kind == "batch" else {**message(kind), "type": None}
    collector = InProcess()
    assert collector.post(path + slash, json.encode(body)).json()["accepted"] == 1
    [event] = landed(collector)
    assert event["type"] == {"batch": "track", "screen": "page"}.get(kind, kind)


@pytest.mark.parametrize(
    ("query", "headers", "own", "status"),
    [
        ("", {b"authorization": b"Basic dGVzdC1rZXk6"}, {}, 200),
        ("", {b"authorization": b"Basic dGVzdC1rZXk="}, {}, 200),
        ("", TEXT, {"writeKey": WRITE_KEY}, 200),
        (f"?writeKey={WRITE_KEY}", TEXT, {}, 200),
        (f"?v=1&writeKey={WRITE_KEY}", TEXT, {"writeKey": "another"}, 200),
        ("?writeKey=another", TEXT, {}, 401),
        ("?writeKey=", TEXT, {}, 401),
        ("", TEXT, {}, 401),
    ],
)
def test_where_libraries_put_the_write_key(query: str, headers: Any, own: dict[str, str], status: int) -> None:
    for path in ("/v1/batch", "/v1/b", "/beacon/v1/batch"):
        collector = InProcess()
        answer = collector.post(path + query, json.encode({"batch": [message()], **own}), headers)
        assert (answer.status, len(collector.sink.records)) == (status, 1 if status == 200 else 0)


def preflight(path: str, asked: bytes, origin: str = ORIGIN) -> Reply:
    headers = {b"origin": origin.encode(), b"access-control-request-headers": asked}
    return InProcess().request("OPTIONS", path, [b""], headers, "203.0.113.1")


@pytest.mark.parametrize("path", ["/v1/track", "/v1/t", "/beacon/v1/batch", "/sourceConfig/"])
def test_a_preflight_allows_the_headers_that_are_asked_for(path: str) -> None:
    asked = b"anonymousid,authorization,content-type,rsa-retry-attempt,sentat"
    answer = preflight(path, asked)
    assert (answer.status, answer.headers["access-control-allow-headers"]) == (200, asked.decode())
    assert answer.headers["access-control-allow-origin"] == ORIGIN


def test_a_header_name_that_is_none_is_not_echoed() -> None:
    assert "evil" not in preflight("/v1/t", b"evil: 1\r\nset-cookie").headers["access-control-allow-headers"]


def test_a_stranger_can_read_why_it_is_refused() -> None:
    stranger = "https://elsewhere.example"
    for answer in (
        preflight("/v1/t", b"content-type", stranger),
        InProcess().post("/v1/t", b"{}", {b"origin": stranger.encode()}),
    ):
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (403, stranger)
        assert "access-control-allow-credentials" not in answer.headers


HOST = ORIGIN.removeprefix("http://")


@pytest.mark.parametrize(
    ("query", "status"),
    [(f"?host={HOST}", 200), (f"?writeKey={WRITE_KEY}&host={HOST}", 200), ("?host=elsewhere.example", 403), ("", 403)],
)
def test_a_sandbox_without_an_origin_is_let_in_by_the_host_of_its_page(query: str, status: int) -> None:
    """Shopify's pixels run in frames and workers with `Origin: null`."""
    body = json.encode({"batch": [message()], "writeKey": WRITE_KEY})
    answer = InProcess().post(f"/v1/batch{query}", body, TEXT | {b"origin": b"null"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (status, "null")


def test_a_sandbox_needs_the_key_as_anyone() -> None:
    answer = InProcess().post(
        f"/v1/batch?host={HOST}", json.encode({"batch": [message()]}), TEXT | {b"origin": b"null"}
    )
    assert answer.status == 401


@pytest.mark.parametrize("path", ["/sourceConfig", "/sourceConfig/", f"/sourceConfig/?writeKey={WRITE_KEY}&v=3"])
def test_rudderstacks_sdk_gets_a_source_of_its_key_without_destinations(path: str) -> None:
    source = InProcess().get(path).json()["source"]
    assert (source["writeKey"], source["enabled"], source["destinations"]) == (WRITE_KEY, True, [])


def test_a_byte_order_mark_is_no_part_of_the_json() -> None:
    for path, body in (("/v1/batch", {"batch": [message()]}), ("/v1/track", message())):
        assert InProcess().post(path, b"\xef\xbb\xbf" + json.encode(body)).json()["accepted"] == 1


def test_all_kinds_in_one_batch() -> None:
    kinds = ["track", "page", "screen", "identify", "alias", "group"]
    collector = InProcess()
    answer = collector.post(body=json.encode({"batch": [message(kind, messageId=kind) for kind in kinds]})).json()
    assert (answer["accepted"], answer["rejected"]) == (6, 0)
    types = [event["type"] for event in landed(collector)]
    assert types == ["track", "page", "page", "identify", "alias", "group"]
