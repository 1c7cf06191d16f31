"""Keys of the dbt project's tables, checked in its manifest: each is enforced by Postgres or tested, and indexed."""

from __future__ import annotations

from tests.support.dbt_nodes import Node, checks_on

Rule = tuple[str, tuple[str, ...]]  # a generic test and the columns it is about


def rules_of_tests(manifest: Node, model: Node) -> set[Rule]:
    """Keys and columns without nulls that a dbt test looks for."""
    tests = [test for test in checks_on(manifest, model) if test.get("test_metadata")]
    combinations = [test for test in tests if _is(test, "is_unique_combination")]
    several = [test["test_metadata"]["kwargs"]["columns"] for test in tests if _is(test, "are_not_null")]
    columns = [(test["test_metadata"]["name"], test["column_name"]) for test in tests if test["column_name"]]
    columns += [("not_null", column) for listed in several for column in listed]
    return {(name, (column,)) for name, column in columns if name in {"unique", "not_null"}} | {
        ("unique", tuple(sorted(test["test_metadata"]["kwargs"]["columns"]))) for test in combinations
    }


def _is(test: Node, name: str) -> bool:
    return test["test_metadata"]["name"] == name


def rules_of_postgres(model: Node) -> set[Rule]:
    """Keys and columns without nulls that Postgres enforces: by the contract's constraints and by unique indexes."""
    keys = [constraint["columns"] for constraint in model["constraints"] if constraint["type"] == "primary_key"]
    unique = [index["columns"] for index in model["config"].get("indexes") or [] if index.get("unique")]
    not_null = [
        name
        for name, column in model["columns"].items()
        if any(constraint["type"] == "not_null" for constraint in column["constraints"])
    ]
    return {("unique", tuple(sorted(columns))) for columns in (*keys, *unique)} | {
        ("not_null", (name,)) for name in (*not_null, *(name for key in keys for name in key))
    }


def test_each_model_has_a_key_without_nulls(models: list[Node], manifest: Node) -> None:
    for model in models:
        kinds = {kind for kind, _ in rules_of_tests(manifest, model) | rules_of_postgres(model)}
        # a movement of money has no key of its own: its line can be returned twice
        assert kinds >= ({"not_null"} if model["name"] == "int_sales__dated" else {"unique", "not_null"}), model["name"]


def test_several_columns_without_nulls_are_one_test(models: list[Node], manifest: Node) -> None:
    """Each test costs the daily run the same time, whatever it reads."""
    for model in models:
        alone = [test for test in checks_on(manifest, model) if test.get("test_metadata") and _is(test, "not_null")]
        # of one platform alone, or a warning
        assert len([test for test in alone if test["config"]["severity"].lower() == "error"]) <= 1, model["name"]


def test_nothing_that_postgres_enforces_is_tested_once_more(models: list[Node], manifest: Node) -> None:
    """A test costs a process' time and a scan of the table every day, and such a one cannot fail."""
    for model in models:
        assert rules_of_tests(manifest, model) & rules_of_postgres(model) == set(), model["name"]


def test_the_columns_of_a_unique_index_are_without_nulls(models: list[Node], manifest: Node) -> None:
    """An index takes two nulls for different values."""
    for model in models:
        rules = rules_of_tests(manifest, model) | rules_of_postgres(model)
        for index in model["config"].get("indexes") or []:
            missing = [column for column in index["columns"] if ("not_null", (column,)) not in rules]
            assert not (index.get("unique") and missing), (model["name"], missing)


def test_the_key_of_a_growing_table_is_a_unique_index(models: list[Node], manifest: Node) -> None:
    """Only what landed lately is tested; two rows of one key may have landed a year apart."""
    growing = [model for model in models if model["config"]["materialized"] == "incremental"]
    by_test = {
        model["name"] for model in growing if any(kind == "unique" for kind, _ in rules_of_tests(manifest, model))
    }
    # its key has nulls, which an index takes for different ones
    assert by_test <= {"stg_shop__order_discounts"}


def test_each_key_of_increments_is_indexed(models: list[Node]) -> None:
    """Rows are deleted by it one by one (macros/delete_insert.sql)."""
    growing = [model for model in models if model["config"].get("unique_key")]
    assert len(growing) > 10
    for model in growing:
        keys = [constraint["columns"] for constraint in model["constraints"] if constraint["type"] == "primary_key"]
        indexed = [
            columns[0] for columns in (*keys, *(index["columns"] for index in model["config"].get("indexes") or []))
        ]
        assert model["config"]["unique_key"] in indexed, model["name"]


def test_each_mart_has_a_contract_with_constraints(marts: list[Node]) -> None:
    for mart in marts:
        kinds = {constraint["type"] for constraint in mart["constraints"]}
        assert mart["contract"]["enforced"] and kinds == {"primary_key", "check"}, mart["name"]
        keys = next(constraint["columns"] for constraint in mart["constraints"] if constraint["type"] == "primary_key")
        for key in keys:
            assert {"type": "not_null"}.items() <= mart["columns"][key]["constraints"][0].items(), (mart["name"], key)
