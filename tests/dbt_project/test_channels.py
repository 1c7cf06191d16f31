"""Channels as GA4 documents them: addresses and referrers go through the collector, staging's and the marts' macros.

The cases (channel_cases.csv) were written from public documentation and trackers, named beside each. `ours` is what we
say where it differs on purpose, with the reason (`why`); `ga4_is_silent` where GA4 has no rule for what the link says.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec import json

from benchmarks.support.events import NOW, client_event
from collector.arrival import CLICK_IDS
from collector.enrichment import EnrichedEvent, Sender, enrich_event
from tests.support.dbt_in_process import DBT_PROJECT
from tests.support.warehouse_fixtures import built_small_shop, compiled_query

CASES = list(csv.DictReader((Path(__file__).parent / "channel_cases.csv").open()))
QUERY = """
with cases as (
    select
        place,
        context
    from jsonb_array_elements(current_setting('tests.contexts')::jsonb) with ordinality as given (context, place)
),
landings as (
    select
        place as session_id,
        {{ host_of("context -> 'page' ->> 'url'") }} as page_host,
        {{ host_of("context -> 'page' ->> 'referrer'") }} as referrer_host,
        context -> 'campaign' ->> 'source' as campaign_source,
        context -> 'campaign' ->> 'medium' as campaign_medium,
        context -> 'campaign' ->> 'name' as campaign_name,
        {{ click_ids_of('context') }} as click_ids
    from cases
),
classified as (
    {{ traffic_sources('landings') }}
)
select channel from classified order by session_id
"""


def context_of(case: dict[str, str]) -> dict[str, Any]:
    """What the collector keeps of the visitor's first page."""
    event = client_event(context={"page": {"url": case["url"], "referrer": case["referrer"]}})
    kept = enrich_event(json.encode(event), Sender(received_at=NOW), "key")
    assert isinstance(kept, EnrichedEvent), case
    return json.decode(kept.value)["context"]


def test_cases_are_many_and_differ_from_ga4_only_with_a_reason() -> None:
    documented = [case for case in CASES if not case["ga4_is_silent"]]
    differ = [case for case in documented if case["ours"]]
    assert len(documented) >= 120 and len({(case["url"], case["referrer"]) for case in CASES}) == len(CASES)
    assert len(differ) <= 0.02 * len(documented)
    assert all(case["source"] and bool(case["why"]) == bool(case["ours"]) for case in CASES)


def test_click_ids_of_the_contract_are_those_of_the_seed() -> None:
    with (DBT_PROJECT / "seeds" / "click_ids.csv").open() as seed:
        named = {row["click_id"] for row in csv.DictReader(seed)}
    assert named == CLICK_IDS


def test_no_value_of_a_click_id_is_kept() -> None:
    url = "https://shop.example/?gclid=SECRET&fbclid=SECRET&_kx=SECRET"
    page = {"url": url, "referrer": "https://l.facebook.com/?u=SECRET", "search": "?ttclid=SECRET"}
    event = client_event(properties={"product_id": "1", "url": url}, context={"page": page})
    kept = enrich_event(json.encode(event), Sender(received_at=NOW), "key")
    assert isinstance(kept, EnrichedEvent) and b"SECRET" not in kept.value
    assert json.decode(kept.value)["context"]["clickIds"] == ["gclid", "fbclid", "_kx"]


@pytest.mark.services
def test_channels_are_those_of_ga4(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    url = built_small_shop(make_database, tmp_path_factory)
    compiled = compiled_query(url, tmp_path, QUERY)
    contexts = json.encode([context_of(case) for case in CASES]).decode()
    with psycopg.connect(url) as connection:
        for host in ("my-store.myshopify.com", "shop-family.example"):
            connection.execute("insert into intermediate.int_referrers__listed values (%s, 'own')", [host])
        connection.execute("select set_config('tests.contexts', %s, true)", [contexts])
        found = [row[0] for row in connection.execute(compiled)]
        connection.rollback()
    said = [(case["url"], case["referrer"], case["ours"] or case["ga4"]) for case in CASES]
    assert [(url, referrer, channel) for (url, referrer, _), channel in zip(said, found, strict=True)] == said
