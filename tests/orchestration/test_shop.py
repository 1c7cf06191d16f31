"""The shop's streams as assets: what is shown when some of them failed."""

from __future__ import annotations

import dagster as dg
import psycopg
import pytest

from comptoir.settings import Settings
from ingestion import shop_sync
from ingestion.reconciliation.findings import Completeness, Finding
from ingestion.sync_report import IngestionError, OnProgress, StreamReport, StreamStatus, SyncReport
from orchestration.defs import shop


def report(**errors: str) -> SyncReport:
    """A sync in which the named streams failed."""
    streams = {
        name: StreamReport(name, StreamStatus.FAILED, error=errors[name])
        if name in errors
        else StreamReport(name, StreamStatus.COMPLETE, records_emitted=5, rows_written=2)
        for name in shop.STREAMS
    }
    return SyncReport(streams, pseudonyms_added=3)


def sync(monkeypatch: pytest.MonkeyPatch, database_url: str, found: SyncReport) -> dg.ExecuteInProcessResult:
    monkeypatch.setattr(shop_sync, "sync_shop", lambda settings, on_progress: found)
    settings = Settings(postgres_url=database_url)
    return dg.materialize([shop.shop_sync], resources={"settings": settings}, raise_on_error=False)


@pytest.fixture
def loaded(database: str) -> str:
    """A database in which the connector's tables exist."""
    with psycopg.connect(database) as connection:
        for stream in shop.STREAMS:
            columns = "id bigint not null, title text" + (", customer jsonb" if stream == "orders" else "")
            connection.execute(f"create table if not exists raw_shop.{stream} ({columns})")
    return database


@pytest.mark.services
def test_complete_streams_are_materialised_with_their_rows_and_columns(
    monkeypatch: pytest.MonkeyPatch, loaded: str
) -> None:
    outcome = sync(monkeypatch, loaded, report())

    assert outcome.success
    materialised = {event.asset_key: event for event in outcome.asset_materializations_for_node("shop_sync")}
    tables = {*shop.STREAMS, "customer_pseudonyms", "deleted_keys", "completeness"}
    assert {key.path[-1] for key in materialised} == tables
    orders = materialised[dg.AssetKey(["raw_shop", "orders"])].metadata
    assert (orders["records read"].value, orders["rows written"].value) == (5, 2)
    assert materialised[shop.PSEUDONYMS].metadata["rows added"].value == 3
    assert [column.name for column in orders["dagster/column_schema"].value.columns][-3:] == ["id", "title", "customer"]


@pytest.mark.services
def test_a_failed_stream_fails_the_step_by_name_and_keeps_the_others(
    monkeypatch: pytest.MonkeyPatch, loaded: str
) -> None:
    outcome = sync(monkeypatch, loaded, report(orders="the token lacks read_orders"))

    assert not outcome.success
    materialised = {event.asset_key.path[-1] for event in outcome.asset_materializations_for_node("shop_sync")}
    assert materialised == {*shop.STREAMS, "customer_pseudonyms"} - {"orders"}
    failure = outcome.failure_data_for_node("shop_sync")
    assert failure
    assert failure.error
    assert "orders failed: the token lacks read_orders" in failure.error.message


@pytest.mark.services
def test_raw_that_is_not_complete_is_shown_and_left_to_the_gate(monkeypatch: pytest.MonkeyPatch, loaded: str) -> None:
    found = report()
    wrong = Finding("orders", "orders", 4, 3, message="1 of 4 orders is missing")
    found.completeness = Completeness([Finding("products", "count", 7, 7), wrong], deleted_count=2)
    outcome = sync(monkeypatch, loaded, found)

    assert outcome.success
    materialised = {event.asset_key: event for event in outcome.asset_materializations_for_node("shop_sync")}
    shown = materialised[shop.COMPLETENESS].metadata
    assert (shown["comparisons"].value, shown["not complete"].value) == (2, 1)
    assert shown["result"].value == "1 of 4 orders is missing"
    assert materialised[shop.DELETED_KEYS].metadata["keys marked"].value == 2


@pytest.mark.services
def test_a_shop_that_cannot_be_read_is_one_sentence(monkeypatch: pytest.MonkeyPatch, loaded: str) -> None:
    def refuse(settings: Settings, on_progress: OnProgress) -> SyncReport:
        raise IngestionError("the shop refused our query with HTTP 401: the access token is not valid")

    monkeypatch.setattr(shop_sync, "sync_shop", refuse)
    resources = {"settings": Settings(postgres_url=loaded)}
    outcome = dg.materialize([shop.shop_sync], resources=resources, raise_on_error=False)
    failure = outcome.failure_data_for_node("shop_sync")
    assert failure and failure.user_failure_data
    assert (
        failure.user_failure_data.description
        == "the shop refused our query with HTTP 401: the access token is not valid"
    )


@pytest.mark.services
def test_the_airbyte_job_is_shown(monkeypatch: pytest.MonkeyPatch, loaded: str) -> None:
    found = report()
    found.job = "12 of connection 'shop'"
    for stream in found.streams.values():
        stream.records_emitted = None
    outcome = sync(monkeypatch, loaded, found)
    materialised = {event.asset_key: event for event in outcome.asset_materializations_for_node("shop_sync")}
    orders = materialised[dg.AssetKey(["raw_shop", "orders"])].metadata
    assert orders["airbyte job"].value == "12 of connection 'shop'" and "records read" not in orders
