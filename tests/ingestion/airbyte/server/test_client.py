"""The client of an Airbyte server: addresses, sign-in, and its error messages."""

from __future__ import annotations

from functools import partial

import pytest
from airbyte_api import api
from starlette.responses import Response

from ingestion.airbyte.server.client import AirbyteServerError, api_url, connected, read_pages, security
from local.ports import find_free_port
from tests.support.fake_airbyte_server import FakeAirbyte


def connections(base_url: str, **access: str) -> list[str]:
    access = access or {"client_id": "x", "client_secret": "secret"}
    with connected(base_url, security(base_url, **access)) as client:
        list_connections = partial(client.connections.list_connections)
        pages = read_pages(lambda at: list_connections(request=api.ListConnectionsRequest(limit=100, offset=at)))
        return [connection["name"] for connection in pages]


def test_every_page_is_read(airbyte: FakeAirbyte, base_url: str) -> None:
    names = [f"connection {number}" for number in range(250)]
    for name in names:
        airbyte.add_connection(name)
    assert connections(base_url) == names


def test_basic_authentication_needs_no_token(airbyte: FakeAirbyte, base_url: str) -> None:
    assert connections(base_url, username="airbyte", password="password") == []
    assert airbyte.tokens_given == 0


def test_the_address_is_completed() -> None:
    assert api_url("https://airbyte.example.com/") == "https://airbyte.example.com/api/public/v1"
    assert api_url("http://10.0.0.5:8000/api/public/v1") == "http://10.0.0.5:8000/api/public/v1"
    assert api_url("https://api.airbyte.com") == api_url("https://api.airbyte.com/v1") == "https://api.airbyte.com/v1"
    assert api_url("https://cloud.airbyte.com") == "https://api.airbyte.com/v1"


def test_a_refusal_is_one_sentence(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.failures = {"GET /connections": [Response("no\npermission", 403)]}
    with pytest.raises(AirbyteServerError, match="answered 403: no permission"):
        connections(base_url)


def test_wrong_credentials_are_one_sentence(base_url: str) -> None:
    with pytest.raises(AirbyteServerError, match=r"refused our credentials .*401"):
        connections(base_url, client_id="x", client_secret="wrong")


def test_missing_credentials_are_said_before_anything_is_sent() -> None:
    with pytest.raises(AirbyteServerError, match="neither client credentials nor a user name"):
        security(f"http://127.0.0.1:{find_free_port()}/v1")
