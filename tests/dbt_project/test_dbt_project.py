"""Conventions of the dbt project, checked in its manifest: layers, names, references, descriptions, personal data."""

from __future__ import annotations

import re
from pathlib import Path

from comptoir.setting_types import SHOP_PLATFORMS
from tests.support.dbt_in_process import DBT_PROJECT, ParsedProject
from tests.support.dbt_nodes import Node, checks_on, layer

LAYERS = ("staging", "intermediate", "snapshots", "marts")
NAMES = {
    "staging": r"stg_[a-z]+__[a-z_]+s",
    "intermediate": r"int_[a-z_]+__[a-z]+(ed|led)",
    "marts": r"(fct_[a-z_]+s|dim_[a-z_]+s|mart_[a-z]+(_[a-z]+)*)",
}
COLUMN_TYPES = {
    r"_at$": {"timestamptz"},
    r"_date$": {"date"},
    r"^(is|has)_": {"boolean"},
    r"_count$": {"integer"},
    r"_amount$": {"numeric(18, 3)"},
    r"_id$": {"text"},
}


def test_parses_without_a_warning(parsed: ParsedProject) -> None:
    assert not re.search(r"warn|deprecat", parsed.stdout, re.IGNORECASE), parsed.stdout


def test_each_model_reads_its_own_or_the_layer_before(models: list[Node], manifest: Node) -> None:
    snapshots = [node for node in manifest["nodes"].values() if node["resource_type"] == "snapshot"]
    seeds = [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
    layers = {node["unique_id"]: node["schema"] for node in [*models, *snapshots, *seeds]}
    for model in [*models, *snapshots]:
        own = layers[model["unique_id"]]
        for parent in model["depends_on"]["nodes"]:
            if parent.startswith("source."):
                assert own == "staging", f"{model['name']} reads the source {parent}"
            else:
                assert LAYERS.index(layers[parent]) <= LAYERS.index(own), f"{model['name']} reads {parent}"
                assert not (own == layers[parent] == "staging"), f"{model['name']} reads {parent}"


def test_names_tell_the_layer(models: list[Node]) -> None:
    odd = [model["name"] for model in models if not re.fullmatch(NAMES[layer(model)], model["name"])]
    assert odd == []


def test_schema_is_the_layer_and_the_dagster_group(models: list[Node]) -> None:
    for model in models:
        assert (model["schema"], model["meta"]["dagster"]["group"]) == (layer(model), layer(model)), model["name"]
        assert model["config"]["schema"] == layer(model)  # what dagster-dbt makes the asset key of


def test_asset_keys_of_sources_are_schema_and_table(manifest: Node) -> None:
    for source in manifest["sources"].values():
        dagster = source["meta"]["dagster"]
        key = dagster.get("asset_key", [source["source_name"], source["name"]])
        assert key == [source["schema"], source["name"]] and dagster["group"] == source["schema"], source["name"]


def test_only_the_models_of_the_shops_platform_are_there(models: list[Node], platform: str) -> None:
    staged = {model["name"] for model in models if Path(model["path"]).parts[1] in SHOP_PLATFORMS}
    assert {Path(model["path"]).parts[1] for model in models if model["name"] in staged} == {platform}
    of_every_platform = {
        path.stem for each in SHOP_PLATFORMS for path in (DBT_PROJECT / "models/staging" / each).glob("stg_shop__*.sql")
    }
    of_one_platform = {"stg_shopify__discount_codes", "stg_shopify__abandoned_checkouts"}
    assert staged == of_every_platform | (of_one_platform if platform == "shopify" else set())


def test_past_staging_nothing_knows_the_platform(models: list[Node], manifest: Node) -> None:
    nodes = [*models, *(node for node in manifest["nodes"].values() if node["resource_type"] == "snapshot")]
    for node in nodes:
        read = " ".join([*node["depends_on"]["nodes"], node["raw_code"]])
        assert layer(node) == "staging" or not re.search("|".join(SHOP_PLATFORMS), read), node["name"]


def test_the_models_of_a_platform_have_the_columns_described_for_all(models: list[Node]) -> None:
    for model in models:
        if model["name"].startswith("stg_shop__"):
            missing = [name for name in model["columns"] if not re.search(rf"\b{name}\b", model["raw_code"])]
            assert missing == [] != list(model["columns"]), model["name"]


def test_each_description_starts_with_the_grain(models: list[Node]) -> None:
    without = [model["name"] for model in models if not model["description"].startswith("Grain - one row per ")]
    assert without == []


# a key that names a row of another mart
REFERENCES = {
    "order_id": "fct_orders",
    "product_id": "dim_products",
    "other_product_id": "dim_products",
    "session_id": "fct_sessions",
    "customer_pseudonym": "dim_customers",
}
NOT_RELATED = {
    # what a browser says is kept as it came, known to the shop or not
    *((mart, key) for mart in ("fct_product_interactions", "fct_recommendation_events") for key in
      ("product_id", "order_id", "customer_pseudonym")),
    ("fct_searches", "customer_pseudonym"),
    ("fct_sessions", "customer_pseudonym"),
    # the customer of an order's lines is the order's, which is related
    ("fct_order_lines", "customer_pseudonym"),
    ("fct_refund_lines", "customer_pseudonym"),
    # history keeps whom the shop has no more
    ("dim_customer_versions", "customer_pseudonym"),
}  # fmt: skip


def test_each_reference_to_another_mart_is_tested(marts: list[Node], manifest: Node) -> None:
    untested = set()
    for mart in marts:
        related = {
            (test["column_name"], manifest["nodes"][parent]["name"])
            for test in checks_on(manifest, mart)
            if (test.get("test_metadata") or {}).get("name") == "relationships"
            for parent in test["depends_on"]["nodes"]
        }
        wanted = {(key, REFERENCES[key]) for key in mart["columns"].keys() & REFERENCES.keys()}
        untested |= {(mart["name"], key) for key, other in wanted - related if other != mart["name"]}
    assert untested == NOT_RELATED


def test_each_intermediate_model_and_money_rule_has_a_unit_test(models: list[Node], manifest: Node) -> None:
    covered = {unit["model"] for unit in manifest["unit_tests"].values()}
    wanted = {model["name"] for model in models if layer(model) == "intermediate"}
    assert wanted - covered == set()


def test_each_mart_column_is_described_and_typed_by_its_name(marts: list[Node]) -> None:
    for mart in marts:
        for name, column in mart["columns"].items():
            assert column["description"].endswith((".", "…")), (mart["name"], name)
            for pattern, kinds in COLUMN_TYPES.items():
                if re.search(pattern, name):
                    assert column["data_type"] in kinds, (mart["name"], name)


def test_each_mart_has_an_owner_and_example_questions(marts: list[Node]) -> None:
    for mart in marts:
        assert mart["meta"]["owner"] and mart["meta"]["dagster"]["owners"], mart["name"]
        assert "Example questions:" in mart["description"], mart["name"]


OF_SESSIONS = ("fct_sessions", "fct_landings", "mart_funnel_daily", "mart_landing_pages")


def test_amounts_stand_beside_their_currency(marts: list[Node]) -> None:
    for mart in marts:
        amounts = {name for name in mart["columns"] if name.endswith("_amount")}
        if any(name.endswith("_shop_amount") for name in amounts):
            # a session has no currency of its own; its amount is named for the shop's
            assert "shop_currency" in mart["columns"] or mart["name"] in OF_SESSIONS, mart["name"]
        if any(not name.endswith("_shop_amount") for name in amounts):
            assert "currency" in mart["columns"], mart["name"]


def test_personal_data_is_tagged_and_never_in_the_clear_after_raw(models: list[Node]) -> None:
    named = re.compile(r"email|phone|first_name|last_name|address|customer_id$")
    for model in models:
        for name, column in model["columns"].items():
            assert not named.search(name), (model["name"], name)
            if name in ("customer_pseudonym", "visitor_id"):
                assert column["config"]["meta"]["personal_data"] == "pseudonym", (model["name"], name)


PERSONAL = {
    # of both, no name, mail or address is read
    "shopify": {"customers": ("id",), "orders": ("customer",)},
    "magento": {"customers": ("id",), "orders": ("customer_id",)},
}


def test_columns_that_name_a_person_are_tagged_at_the_source(manifest: Node, platform: str) -> None:
    sources = {source["name"]: source["columns"] for source in manifest["sources"].values()}
    for table, columns in PERSONAL[platform].items():
        for column in columns:
            assert sources[table][column]["config"]["meta"]["personal_data"] is True, (table, column)


def test_no_test_spans_the_two_steps(models: list[Node], manifest: Node) -> None:
    """The staging step runs before a gate; a test that reads marts too would run there on yesterday's."""
    layers = {model["unique_id"]: layer(model) for model in models}
    for test in manifest["nodes"].values():
        if test["resource_type"] == "test":
            read = {layers[parent] == "staging" for parent in test["depends_on"]["nodes"] if parent in layers}
            assert len(read) <= 1, test["name"]


def test_exposures_read_marts_only(models: list[Node], manifest: Node) -> None:
    exposures = manifest["exposures"].values()
    assert {exposure["name"] for exposure in exposures} == {"dashboard", "tableau_workbook", "storefront"}
    layers = {model["unique_id"]: layer(model) for model in models}
    for exposure in exposures:
        assert {layers[parent] for parent in exposure["depends_on"]["nodes"]} == {"marts"}, exposure["name"]
