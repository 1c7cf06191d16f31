"""The matrix of rights: each login tries each relation and function, and the page says what came of it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, ObjectNotInPrerequisiteState

from benchmarks.support.servers import OPEN_PASSWORDS
from bi.marts import contracts
from bi.metrics import load_metrics
from comptoir.database import SCHEMAS, apply_schema
from comptoir.logins import LOGINS, Login
from comptoir.postgres_url import with_login
from privacy.role_matrix import PAGE, letters, page_with, read_rights
from tests.support.warehouse_fixtures import built_small_shop

pytestmark = pytest.mark.services

RELATIONS = """
    select
        schemas.nspname, relations.relname, relations.relispartition,
        array_agg(columns.attname::text order by columns.attnum)
    from pg_class as relations
    inner join pg_namespace as schemas on relations.relnamespace = schemas.oid
    inner join pg_attribute as columns on columns.attrelid = relations.oid
    where
        schemas.nspname = any(%s) and relations.relkind in ('r', 'p', 'v', 'm')
        and columns.attnum > 0 and not columns.attisdropped
    group by relations.oid, schemas.oid
"""
FUNCTIONS = """
    select
        schemas.nspname, functions.proname,
        array(select format_type(given, null) from unnest(functions.proargtypes) as given)
    from pg_proc as functions inner join pg_namespace as schemas on functions.pronamespace = schemas.oid
    where schemas.nspname = any(%s)
"""


OF_THE_WAREHOUSE = [login for login in LOGINS if login != "dagster"]


@pytest.fixture(scope="module")
def warehouse(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small shop with its marts, as the owner; made by dbt as the login transformer, and started again since."""
    url = built_small_shop(make_database, tmp_path_factory)
    apply_schema(url, OPEN_PASSWORDS)
    return url


def may(connection: psycopg.Connection, statement: sql.Composed) -> bool:
    """Whether Postgres lets this login do it; explained only, which checks the rights and changes nothing."""
    try:
        connection.execute(sql.SQL("explain ") + statement)
    except (InsufficientPrivilege, ObjectNotInPrerequisiteState):  # the second: a view that nobody can write to
        return False
    return True


def tried(connection: psycopg.Connection, schema: str, relation: str, columns: list[str]) -> str:
    """The letters of docs/roles.md, from trying."""
    table, names = sql.Identifier(schema, relation), [sql.Identifier(name) for name in columns]
    readable = columns
    if not may(connection, sql.SQL("select * from {}").format(table)):
        single = ((name, sql.SQL("select {} from {}").format(sql.Identifier(name), table)) for name in columns)
        readable = [name for name, statement in single if may(connection, statement)]
    return letters(
        readable == columns,
        may(connection, sql.SQL("insert into {} default values").format(table)),
        may(connection, sql.SQL("update {} set {} = default").format(table, names[0])),
        may(connection, sql.SQL("delete from {}").format(table)),
        readable,
        columns,
    )


def test_each_login_may_do_what_the_page_says_and_nothing_else(warehouse: str) -> None:
    with psycopg.connect(warehouse) as owner:
        relations = owner.execute(RELATIONS, [list(SCHEMAS)]).fetchall()
        functions = owner.execute(FUNCTIONS, [list(SCHEMAS)]).fetchall()
        in_catalogue = read_rights(owner)
    found: dict[str, dict[str, str]] = {name: {} for name in in_catalogue}
    partitions: dict[str, dict[str, str]] = {}
    for login in OF_THE_WAREHOUSE:
        with psycopg.connect(with_login(warehouse, login, OPEN_PASSWORDS[login]), autocommit=True) as connection:
            for schema, relation, is_partition, columns in relations:
                of = partitions.setdefault(relation, {}) if is_partition else found[f"{schema}.{relation}"]
                if cell := tried(connection, schema, relation, columns):
                    of[login] = cell
            for schema, function, types in functions:
                arguments = sql.SQL(", ").join(sql.SQL("null::{}").format(sql.SQL(one)) for one in types)
                if may(connection, sql.SQL("select {}({})").format(sql.Identifier(schema, function), arguments)):
                    found[f"{schema}.{function}()"][login] = "x"
    assert {
        name: {login: cell for login, cell in cells.items() if cell} for name, cells in in_catalogue.items()
    } == found
    assert partitions and all(cells.items() <= found["raw_clickstream.events"].items() for cells in partitions.values())
    assert page_with(found) == PAGE.read_text(), "run `comptoir docs roles` and commit the page"


# what the page must never say, whatever it is made from
VISITORS = ("serving.recommendation_lists", "serving.recommendations", "serving.visitor_events")


@pytest.mark.parametrize("login", ["storefront", "reporter", "privacy_intake"])
def test_those_whom_the_internet_or_many_people_reach_read_no_visitor_and_nothing_raw(
    warehouse: str, login: Login
) -> None:
    with psycopg.connect(warehouse) as owner:
        rights = read_rights(owner)
    closed = [name for name in rights if name.startswith(("raw_", "staging.", "pii.")) or name in VISITORS]
    readable = {name: rights[name].get(login, "") for name in closed if "r" in rights[name].get(login, "")}
    # the id of a request, to store a repeat once
    assert readable == ({"pii.privacy_requests": "ri (of webhook_id)"} if login == "privacy_intake" else {})


def test_a_reader_sees_no_customer_beside_a_visitor(warehouse: str) -> None:
    """Who sends clicks chooses the visitor's id and names a customer: side by side they tell anybody's pseudonym."""
    with psycopg.connect(with_login(warehouse, "reporter", "reporter"), autocommit=True) as reporter:
        visible = reporter.execute(
            """
            select table_name, array_agg(column_name::text) from information_schema.column_privileges
            where grantee = 'reporter' and privilege_type = 'SELECT' group by table_name
            """
        ).fetchall()
        assert len(visible) > 15
        for table, columns in visible:
            if table in contracts():
                assert set(columns) == {column.name for column in contracts()[table].open_columns}, table
            assert not {"visitor_id", "session_id"} & set(columns) or "customer_pseudonym" not in columns, table
            assert not {"search_query", "landing_path"} & set(columns), table
            assert "search_term" not in columns or table == "mart_search_terms", table  # those of few are summed
        assert reporter.execute("select count(distinct visitor_id) > 0 from marts.fct_sessions").fetchone() == (True,)
        assert {metric.mart for metric in load_metrics().values()} <= {table for table, _ in visible}
        with pytest.raises(InsufficientPrivilege):
            reporter.execute("select customer_pseudonym from marts.fct_sessions")


def test_who_waits_for_an_answer_waits_for_seconds(warehouse: str) -> None:
    limits = {}
    for login in OF_THE_WAREHOUSE:
        with psycopg.connect(with_login(warehouse, login, login)) as connection:
            [(limits[login],)] = connection.execute(
                "select extract(epoch from current_setting('statement_timeout')::interval)::int"
            ).fetchall()
    assert limits["storefront"] == limits["privacy_intake"] == 5 and limits["reporter"] == 60
    assert all(0 < seconds <= 4 * 3600 for seconds in limits.values()), limits


def test_dagster_does_not_even_connect(warehouse: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(with_login(warehouse, "dagster", OPEN_PASSWORDS["dagster"]))
