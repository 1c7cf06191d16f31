"""Source, destination and connection on an Airbyte server: created once, then found by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingestion.airbyte.server.client import AirbyteServerError, connected, security
from ingestion.airbyte.server.setup import ConnectionPlan, ensure_connection
from ingestion.connectors.shopify.connector import shopify_source
from ingestion.connectors.spec import MANIFEST_OPTION, ConnectorSpec, Source
from tests.support.fake_airbyte_server import WORKSPACE, FakeAirbyte

DATABASE = "postgresql://comptoir:p%40ss@db.example.com:5433/warehouse?sslmode=require"
STREAMS = ("locations", "orders", "products")


def shopify(*streams: str) -> Source:
    return shopify_source(Path("/none"), "my-shop", "shpat_secret", "2024-01-01", streams=streams or STREAMS)


def ensure(base_url: str, source: Source | None = None, **options: Any) -> str:
    with connected(base_url, security(base_url, client_id="x", client_secret="secret")) as client:
        return ensure_connection(client, ConnectionPlan("my shop", source or shopify(), DATABASE, **options))


def test_all_is_made_once(airbyte: FakeAirbyte, base_url: str) -> None:
    connection_id = ensure(base_url)
    assert ensure(base_url) == connection_id
    assert [len(made) for made in (airbyte.sources, airbyte.destinations, airbyte.connections)] == [1, 1, 1]

    (source,) = airbyte.sources.values()
    assert (source["name"], source["workspaceId"]) == ("my shop", WORKSPACE)
    # also options that airbyte-api has no field for
    assert source["configuration"] == {"sourceType": "shopify", **shopify().config}
    (destination,) = airbyte.destinations.values()
    expected = {"host": "db.example.com", "port": 5433, "database": "warehouse", "username": "comptoir"}
    expected |= {"password": "p@ss", "schema": "raw_shop", "unconstrained_number": True, "ssl": True}
    assert expected.items() <= destination["configuration"].items()
    connection = airbyte.connections[connection_id]
    assert (connection["namespaceDefinition"], connection["namespaceFormat"]) == ("custom_format", "raw_shop")
    assert connection["schedule"]["scheduleType"] == "manual"
    assert {stream["name"]: stream["syncMode"] for stream in connection["configurations"]["streams"]} == {
        "locations": "full_refresh_overwrite",
        "orders": "incremental_deduped_history",
        "products": "incremental_deduped_history",
    }


def test_what_was_half_made_is_completed(airbyte: FakeAirbyte, base_url: str) -> None:
    ensure(base_url)
    airbyte.connections.clear()  # as if we were killed before it was created
    ensure(base_url)
    assert [len(made) for made in (airbyte.sources, airbyte.destinations, airbyte.connections)] == [1, 1, 1]


def test_a_connection_made_by_hand_gets_the_streams_it_lacks(airbyte: FakeAirbyte, base_url: str) -> None:
    connection_id = airbyte.add_connection("my shop", ("orders", "customers"))
    assert ensure(base_url) == connection_id
    streams = [stream["name"] for stream in airbyte.connections[connection_id]["configurations"]["streams"]]
    assert streams == ["orders", "customers", "locations", "products"]
    assert not airbyte.sources


def test_a_stream_the_source_does_not_offer_is_left_out(airbyte: FakeAirbyte, base_url: str) -> None:
    connection_id = ensure(base_url, shopify("orders", "secrets"))
    assert [s["name"] for s in airbyte.connections[connection_id]["configurations"]["streams"]] == ["orders"]
    assert ensure(base_url, shopify("orders", "secrets")) == connection_id


def test_a_manifest_of_ours_becomes_a_custom_connector(airbyte: FakeAirbyte, base_url: str) -> None:
    def magento(version: str) -> Source:
        spec = ConnectorSpec("source-declarative-manifest", Path("/none"))
        manifest = {"version": version, "metadata": {"name": "Magento 2"}, "streams": []}
        return Source(spec, {MANIFEST_OPTION: manifest, "url": "https://shop.example"}, STREAMS)

    ensure(base_url, magento("1"))
    airbyte.connections.clear()
    airbyte.sources.clear()
    ensure(base_url, magento("2"))
    ((definition_id, definition),) = airbyte.definitions.items()
    assert (definition["name"], definition["version"]) == ("Comptoir Magento 2", 2)
    assert definition["manifest"]["version"] == "2"
    (source,) = airbyte.sources.values()
    assert source["definitionId"] == definition_id
    assert source["configuration"]["url"] == "https://shop.example" and MANIFEST_OPTION not in source["configuration"]


@pytest.mark.parametrize("is_connected", [True, False])
def test_a_token_of_today_is_told_before_each_job(airbyte: FakeAirbyte, base_url: str, is_connected: bool) -> None:
    for token in ("monday", "tuesday"):
        if not is_connected:
            airbyte.connections.clear()
        source = shopify_source(Path("/none"), "my-shop", token, "2024-01-01", streams=("orders",), has_day_token=True)
        ensure(base_url, source)
    (known,) = airbyte.sources.values()
    assert known["configuration"]["credentials"]["api_password"] == "tuesday"
    assert known["configuration"]["lookback_window_in_days"] == 1


def test_the_only_workspace_is_taken_and_one_of_several_must_be_named(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.workspaces["w2"] = "Finance"
    with pytest.raises(AirbyteServerError, match=r"COMPTOIR_AIRBYTE_WORKSPACE .*: Default Workspace, Finance"):
        ensure(base_url)
    ensure(base_url, workspace="Finance")
    (source,) = airbyte.sources.values()
    assert source["workspaceId"] == "w2"


@pytest.mark.parametrize(
    ("other", "message"),
    [({"status": "inactive"}, "is inactive: switch it on"), ({"prefix": "shop_"}, "'shop_' before its tables' names")],
)
def test_a_connection_that_cannot_work_is_named(
    airbyte: FakeAirbyte, base_url: str, other: dict[str, str], message: str
) -> None:
    airbyte.add_connection("my shop", STREAMS, **other)
    with pytest.raises(AirbyteServerError, match=message):
        ensure(base_url)


def test_two_connections_of_one_name_are_not_guessed_between(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.add_connection("my shop")
    airbyte.add_connection("my shop")
    with pytest.raises(AirbyteServerError, match="2 Airbyte connections are called 'my shop'"):
        ensure(base_url)
