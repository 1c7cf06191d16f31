"""What a constraint or a dbt test enforces is no rule of a gate: each such corruption, and that it is found there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from comptoir.repository import REPOSITORY
from tests.support.enforced import BY_CONSTRAINT, BY_DBT_TEST, ByConstraint, ByDbtTest
from tests.support.warehouse_fixtures import built_small_shop, copy_database, run_dbt

SHOP_MODELS = REPOSITORY / "dbt_project" / "models" / "staging" / "shop"


@pytest.fixture(scope="module")
def spoiled(
    make_database: Callable[[], str], postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[psycopg.Connection]:
    """A connection to a copy of the small shop's warehouse; what a test changes in a mart is rolled back."""
    built = built_small_shop(make_database, tmp_path_factory)
    with psycopg.connect(copy_database(postgres_server, make_database, built), autocommit=True) as connection:
        yield connection


@pytest.mark.services
@pytest.mark.parametrize("corruption", BY_CONSTRAINT, ids=lambda corruption: corruption.what)
def test_a_constraint_refuses_the_corruption(spoiled: psycopg.Connection, corruption: ByConstraint) -> None:
    with pytest.raises(corruption.error) as refused, spoiled.transaction():
        spoiled.execute(corruption.change.encode())
    assert refused.value.diag.table_name == corruption.table


@pytest.fixture(scope="module")
def failed_tests(spoiled: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the dbt tests of staging that fail after all corruptions; an error of one only warns and is left out."""
    for corruption in BY_DBT_TEST:
        spoiled.execute(corruption.change.format(f"staging.stg_shop__{corruption.table}").encode())
    spoiled.execute("update staging.stg_clickstream__events set event_type = 'spy'")
    target, info = tmp_path_factory.mktemp("dbt"), spoiled.info
    url = f"postgresql://{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"
    process = run_dbt(url, target, "test", "--select", "path:models/staging,test_type:generic")
    assert process.returncode == 1, process.stdout
    return {result["unique_id"].split(".")[2] for result in _results(target) if result["status"] == "fail"}


def _results(target: Path) -> list[dict[str, Any]]:
    return list(msgspec.json.decode((target / "run_results.json").read_bytes())["results"])


@pytest.mark.services
@pytest.mark.parametrize("corruption", BY_DBT_TEST, ids=lambda corruption: corruption.what)
def test_a_dbt_test_finds_the_corruption(failed_tests: set[str], corruption: ByDbtTest) -> None:
    model = f"stg_shop__{corruption.table}"
    if corruption.column:
        named = [name for name in failed_tests if name.startswith(f"{corruption.test}_{model}_")]
        assert any(corruption.column in name.removeprefix(f"{corruption.test}_{model}_") for name in named)
    else:
        assert f"{model}_{corruption.test}" in failed_tests


@pytest.mark.services
def test_a_dbt_test_finds_a_new_type_of_event(failed_tests: set[str]) -> None:
    assert any(name.startswith("accepted_values_stg_clickstream__events_event_type") for name in failed_tests)


@pytest.mark.parametrize("corruption", BY_DBT_TEST, ids=lambda corruption: corruption.what)
def test_the_test_is_declared_for_every_platform_and_does_not_only_warn(corruption: ByDbtTest) -> None:
    name = f"stg_shop__{corruption.table}"
    [model] = [model for model in _models() if model["name"] == name]
    if not corruption.column:
        [rule] = [test["is_true_of_rows"] for test in model["data_tests"] if "is_true_of_rows" in test]
        assert rule["name"] == f"{name}_{corruption.test}"
        assert not rule.get("config", {}).keys() & {"severity", "enabled"}
        return
    if corruption.test == "are_not_null":
        [rule] = [test["are_not_null"] for test in model["data_tests"] if "are_not_null" in test]
        assert corruption.column in rule["arguments"]["columns"]
        assert not rule.get("config", {}).keys() & {"severity", "enabled"}
        return
    [column] = [column for column in model["columns"] if column["name"] == corruption.column]
    declared = [test if isinstance(test, dict) else {test: {}} for test in column["data_tests"]]
    [options] = [test[corruption.test] for test in declared if corruption.test in test]
    assert not options.get("config", {}).keys() & {"severity", "enabled"}


def _models() -> list[dict[str, Any]]:
    """The staging models as described for all platforms."""
    return [model for file in SHOP_MODELS.glob("*.yml") for model in msgspec.yaml.decode(file.read_bytes())["models"]]
