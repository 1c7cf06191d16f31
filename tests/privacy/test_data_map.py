"""Every column that the project declares is tagged, and none whose name smells of a person is tagged as harmless."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from msgspec import json

from comptoir.repository import REPOSITORY
from comptoir.setting_mistakes import variable
from comptoir.settings import Settings
from ingestion.connectors.magento.connector import STREAMS as MAGENTO
from ingestion.connectors.shopify.connector import STREAMS as SHOPIFY
from ingestion.connectors.shopify.kept_fields import KEPT
from privacy.data_map import data_map
from privacy.declared_columns import DeclaredColumn, declared_columns
from privacy.map_page import PAGE, map_page
from tests.support.dbt_in_process import parsed_project

# lists of sites and of parameters, which everybody knows
SEEDS = (
    "intermediate.referrers",
    "intermediate.shop_referrers",
    "intermediate.click_ids",
    "intermediate.int_referrers",
    "intermediate.day_notes",
    "marts.dim_days",
)
SMELL = re.compile(
    r"(^|_)(mail|email|phone|names?|street|address(es)?|ip|city|zip|postal|birth\w*|gender|customer|visitor|user|person"
    r"|anonymous|query|term|path|note|token|agent|text)(_|$)"
)
# smells, and is of goods, money or the machine
HARMLESS = {
    "campaign_name": "of a campaign", "column_name": "of a table", "discount_name": "of a discount",
    "event_name": "of a kind of event", "model_name": "of a dbt model", "path": "of an archive's file",
    "query": "of a rule of the search, written by the shop", "query_name": "of the stream",
    "schema_name": "of the warehouse", "source_name": "web, mobile, pos", "table_name": "of the warehouse",
    "is_first_customer_order": "yes or no", "has_customer": "yes or no",
}  # fmt: skip

# why rows about persons need no age to end: what their term says instead
ENDS_OTHERWISE = (
    "as the shop keeps them", "as long as the account, or an order of the customer", "as raw_shop", "rebuilt",
    "as serving.visitor_events", "subject and payload until the request is done", "until the next report",
    "unlimited; keyed digests", "unlimited; who decided what stays known",
)  # fmt: skip


@pytest.fixture(scope="module")
def columns() -> list[DeclaredColumn]:
    found: set[DeclaredColumn] = set()
    for platform in ("shopify", "magento"):
        found |= set(declared_columns(json.decode(parsed_project(platform).manifest_json)))
    return sorted(found)


def test_every_column_is_tagged_and_every_table_has_its_reasons(columns: list[DeclaredColumn]) -> None:
    assert len(columns) > 900
    assert [column for column in columns if data_map().kind_of(*column) is None] == []
    assert {column.table for column in columns if data_map().rule_of(column.table) is None} == set()


def test_what_smells_of_a_person_is_not_tagged_as_harmless(columns: list[DeclaredColumn]) -> None:
    numbers = re.compile(r"_(count|amount|share|rate|days|at|date)$|^(is|has)_")
    smelling = {
        f"{table}.{name}"
        for table, name in columns
        if data_map().kind_of(table, name) == "none" and SMELL.search(name) and not numbers.search(name)
        if name not in HARMLESS and not table.startswith(SEEDS)
    }
    assert smelling == set()


def test_a_new_column_is_not_tagged_by_chance() -> None:
    known = data_map()
    for name in ("email", "first_name", "phone", "browser_ip", "street", "something_new"):
        assert known.kind_of("marts.fct_orders", name) is None, name
        assert known.kind_of("serving.products", name) is None, name
    assert known.kind_of("raw_shop.customers", "id") == "direct" and known.kind_of("marts.x", "visitor_id") != "none"
    assert known.rule_of("unheard.of") is None


def test_what_is_kept_of_a_shop_does_not_smell() -> None:
    assert set(KEPT) <= set(SHOPIFY) and MAGENTO
    smelling = {
        f"{stream}.{name}"
        for stream, fields in KEPT.items()
        for name in fields
        if SMELL.search(name) and data_map().kind_of(f"raw_shop.{stream}", name) == "none"
    }
    assert smelling == {"orders.source_name", "abandoned_checkouts.source_name", "price_rules.once_per_customer"}


def test_every_subject_is_a_tagged_column(columns: list[DeclaredColumn]) -> None:
    names = {column.column for column in columns}
    for name in data_map().subjects:
        assert name in names and data_map().kind_of("marts.x", name) == "pseudonymous", name


def test_the_page_is_made_from_the_map() -> None:
    declared = declared_columns(json.decode(parsed_project("shopify").manifest_json))
    assert Path(PAGE).read_text() == map_page(data_map(), declared), "run `comptoir docs privacy`"


def test_every_table_about_persons_ends_by_its_age_or_says_why_not(columns: list[DeclaredColumn]) -> None:
    known = data_map()
    aged = {rule.table for rule in known.retention}
    personal = {table for table, name in columns if known.kind_of(table, name) != "none"} - aged
    terms = {table: rule.term for table in personal if (rule := known.rule_of(table))}
    assert [table for table, term in sorted(terms.items()) if not term.startswith(ENDS_OTHERWISE)] == []


def test_a_term_is_a_setting_that_the_table_says(columns: list[DeclaredColumn]) -> None:
    settings, declared = Settings(), set(columns)
    for one in data_map().retention:
        rule = data_map().rule_of(one.table)
        assert getattr(settings, one.days) > 0 and rule and variable(one.days) in rule.term, one
        # those of raw_shop differ by platform, those of intermediate are declared in part
        if not one.table.startswith(("raw_shop.", "intermediate.")):
            assert {DeclaredColumn(one.table, name) for name in [*one.age, *one.empty]} <= declared, one


@pytest.mark.parametrize("platform", ["shopify", "magento"])
def test_no_incremental_table_keeps_pseudonyms_for_ever(platform: str) -> None:
    """The others are made anew from raw, which forgets."""
    aged = {rule.table for rule in data_map().retention}
    nodes = json.decode(parsed_project(platform).manifest_json)["nodes"].values()
    incremental = [node for node in nodes if node["config"].get("materialized") == "incremental"]
    assert len(incremental) > 15
    keeping = {
        f"{node['schema']}.{node['name']}"
        for node in incremental
        if any(data_map().kind_of(f"{node['schema']}.{node['name']}", c) == "pseudonymous" for c in node["columns"])
    }
    assert "marts.fct_sessions" in keeping and keeping - aged == set()


def test_topics_and_dagster_forget_when_the_map_says() -> None:
    settings = Settings(clicks_topic_days=5, bad_event_days=3, run_days=60)
    days = {place.place: getattr(settings, place.days) for place in data_map().places if place.days}
    assert settings.topic_days == {topic: days[f"Kafka topic {topic}"] for topic in ("clicks.v1", "clicks.bad.v1")}
    kept = yaml.safe_load((REPOSITORY / "orchestration" / "dagster.yaml").read_text())["retention"]
    purged = [days for one in kept.values() for days in _numbers(one["purge_after_days"])]
    assert purged and max(purged) <= days["Dagster's database and compute logs"]


def _numbers(days: int | dict[str, int]) -> list[int]:
    return [*days.values()] if isinstance(days, dict) else [days]
