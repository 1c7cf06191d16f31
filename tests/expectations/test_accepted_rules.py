"""Every blocking rule can be answered: who, why, until when; for the rows that were found and no more."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import psycopg
import pytest
from typer.testing import CliRunner

from cli.app import app
from comptoir.settings import Settings
from expectations.accepted_days import NothingToAcceptError
from expectations.accepted_rules import accept_rule
from expectations.results import GateResult
from expectations.validate import validate
from tests.support.warehouse_fixtures import built_small_shop, copy_database, query

pytestmark = pytest.mark.services

RULE, ORDERS = "orders_have_lines", "raw_shop.orders"
BREAK = "update raw_shop.orders set line_items = '[]' where id = any(%s)"


@pytest.fixture
def shop(
    make_database: Callable[[], str], postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A copy of the small shop, of which an order has no lines."""
    url = copy_database(postgres_server, make_database, built_small_shop(make_database, tmp_path_factory))
    _break(url, [5])
    yield url


def _break(url: str, orders: list[int]) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(BREAK.encode(), [orders])


def gate(url: str) -> GateResult:
    return validate("raw", url, "shopify")


def test_the_message_names_the_command_that_lets_it_pass(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.settings.get_settings", lambda: Settings(postgres_url=shop))
    shut = gate(shop)
    assert [rule.rule for rule in shut.failures] == [RULE], shut.message
    command = shut.message[shut.message.index("comptoir gate accept") :]
    said = CliRunner().invoke(app, shlex.split(command)[1:])
    assert said.exit_code == 0 and f"{RULE} lets {ORDERS} pass until {date.today() + timedelta(days=7)}" in said.output

    open_again = gate(shop)
    assert open_again.success
    [accepted] = [rule for rule in open_again.warnings if rule.acceptance]
    assert accepted.rule == RULE and f"until {date.today() + timedelta(days=7)}: …" in accepted.message
    shown = CliRunner().invoke(app, ["gate", "check", "raw"])
    assert shown.exit_code == 0 and f"accepted {ORDERS} breaks {RULE}" in shown.output
    [(who, why)] = query(shop, "select accepted_by, reason from ops.accepted_rules")
    assert "@" in who and why == "…"


def test_more_rows_than_were_accepted_shut_the_gate_again(shop: str) -> None:
    gate(shop)
    assert accept_rule(shop, RULE, None, "imported without them", date.today(), "ada@shop") == ORDERS
    assert gate(shop).success
    _break(shop, [5, 6])
    assert [rule.rule for rule in gate(shop).failures] == [RULE]


def test_an_acceptance_ends(shop: str) -> None:
    gate(shop)
    accept_rule(shop, RULE, ORDERS, "imported without them", date.today(), "ada@shop")
    with psycopg.connect(shop) as connection:
        connection.execute("update ops.accepted_rules set accepted_until = current_date - 1")
    assert not gate(shop).success
    with pytest.raises(NothingToAcceptError, match="is past"):
        accept_rule(shop, RULE, ORDERS, "imported without them", date.today() - timedelta(days=1), "ada@shop")


def test_what_no_gate_found_cannot_be_accepted(shop: str) -> None:
    gate(shop)
    with pytest.raises(NothingToAcceptError, match="No gate found order_ids_are_unique broken"):
        accept_rule(shop, "order_ids_are_unique", None, "because", date.today(), "ada@shop")


def test_a_table_that_shrank_is_measured_by_its_new_size_once_that_is_accepted(shop: str) -> None:
    with psycopg.connect(shop) as connection:
        connection.execute("insert into ops.gate_results (run_id, gate, rule, table_name, is_success, checked_count,"
                           " failed_count, message) values ('before', 'raw', 'rows_did_not_vanish',"
                           " 'raw_clickstream.events', true, 1000, 0, '')")  # fmt: skip
    vanished = "rows_did_not_vanish"
    assert vanished in {rule.rule for rule in gate(shop).failures}
    accept_rule(shop, vanished, None, "the archive took them", date.today(), "ada@shop")
    assert vanished not in {rule.rule for rule in gate(shop).failures}
    assert vanished not in {rule.rule for rule in gate(shop).warnings}
