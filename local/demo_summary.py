"""What the demo shows at its end: addresses, rows per layer, gates, and a visitor before and after a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from comptoir.database import SCHEMAS
from comptoir.settings import Settings
from local.demo_click import DemoClick

if TYPE_CHECKING:
    from orchestration.run import RunOutcome

COLOURS = {"passed": "green", "warned": "yellow", "shut": "red"}  # of a gate


def print_summary(settings: Settings, outcome: RunOutcome, click: DemoClick | None, console: Console) -> None:
    """Print the four tables."""
    console.print()
    console.print(_addresses(settings, outcome))
    with psycopg.connect(settings.database_url) as connection:
        console.print(_rows_per_layer(connection))
        console.print(_gates(connection))
        if _is_built(connection, "marts.mart_daily_sales"):  # a first job that failed has left no marts
            console.print(_net_sales(connection))
    if click:
        console.print(_recommendations(click))
    if outcome.error:
        console.print(f"[red]the daily job failed[/] {escape(outcome.error)}")
    for step in outcome.failed_steps:
        console.print(f"[red]failed step[/] {step.step}: {escape(step.error)}")
    for check in outcome.failed_checks:
        console.print(f"[red]failed check[/] {check.check} on {check.asset}: {escape(check.message)}")


def _addresses(settings: Settings, outcome: RunOutcome) -> Table:
    table = Table(title="Comptoir is running", box=None, title_justify="left", show_header=False)
    table.add_column(no_wrap=True, overflow="fold")
    table.add_row(settings.dagster_url, "Dagster: the graph, runs, gates (data engineers)")
    table.add_row(outcome.url, "the daily job that just ran")
    table.add_row(settings.dashboard_url, "dashboards on the marts (BI team)")
    table.add_row(settings.storefront_url, "the shop: search and recommendations (visitors)")
    return table


def _rows_per_layer(connection: psycopg.Connection) -> Table:
    table = Table("layer", "tables", "rows", title="Rows per layer", box=None, title_justify="left")
    for schema in SCHEMAS:
        found = connection.execute(
            "select tablename from pg_tables where schemaname = %s order by tablename", [schema]
        ).fetchall()
        counts = [_count(connection, schema, name) for (name,) in found]
        if counts:
            table.add_row(schema, str(len(counts)), f"{sum(counts):,}")
    return table


def _count(connection: psycopg.Connection, schema: str, table: str) -> int:
    counted = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))).fetchone()
    return int(counted[0]) if counted else 0


def _is_built(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute("select to_regclass(%s)", [table]).fetchone()
    return bool(row and row[0])


def _gates(connection: psycopg.Connection) -> Table:
    table = Table("gate", "result", "rules", "broken", title="Gates", box=None, title_justify="left")
    rows = connection.execute(
        """
        with latest as (
            select distinct on (gate) gate, run_id from ops.gate_results order by gate, validated_at desc
        )
        select
            gate,
            case
                when bool_or(not is_success and is_blocking and not is_accepted) then 'shut'
                when bool_and(is_success) then 'passed'
                else 'warned'
            end,
            count(*),
            string_agg(message, '; ') filter (where not is_success)
        from ops.gate_results inner join latest using (gate, run_id)
        group by gate
        order by array_position(array['raw', 'staging', 'marts'], gate)
        """
    ).fetchall()
    for gate, result, rules, broken in rows:
        table.add_row(gate, f"[{COLOURS[result]}]{result}[/]", str(rules), escape(broken or ""))
    return table


def _net_sales(connection: psycopg.Connection) -> Table:
    table = Table("currency", "days", "orders", "net sales", title="Net sales", box=None, title_justify="left")
    rows = connection.execute(
        """
        select currency, count(*), sum(orders_count), sum(net_sales_amount)
        from marts.mart_daily_sales group by currency order by currency
        """
    ).fetchall()
    for currency, days, orders, net in rows:
        table.add_row(currency, str(days), f"{orders:,}", f"{net:,.2f}")
    return table


def _recommendations(click: DemoClick) -> Table:
    delay = "no answer" if click.delay_ms is None else f"{click.delay_ms:.0f} ms"
    title = f"Visitor {click.visitor_id} opened «{click.clicked}»; new rows after {delay}"
    table = Table("", "before", "after", "because", title=title, box=None, title_justify="left")
    for number, (before, after) in enumerate(zip(click.before, click.after, strict=False), start=1):
        table.add_row(str(number), before["title"], after["title"], after["reason"])
    return table
