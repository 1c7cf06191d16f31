"""Rule of gate_raw that raw holds what the shop has: ingestion/reconciliation compares them after each sync."""

from __future__ import annotations

from expectations.sql_rules import no_rows
from expectations.tables import Table, parse_columns


def table() -> Table:
    """ops.completeness with its rule: the newest comparison found no difference."""
    return Table(
        "ops.completeness",
        key=("stream", "measure", "day", "currency"),
        columns=parse_columns("""
            checked_at timestamptz, stream text, measure text, day date, currency text, shop_count bigint, raw_count
            bigint, shop_total numeric, raw_total numeric, is_complete boolean, message text
        """),
        rules={
            "raw_holds_what_the_shop_has": no_rows(
                """
                select stream, measure, day, currency, shop_count, raw_count, shop_total, raw_total, message
                from {batch}
                where not is_complete and checked_at = (select max(checked_at) from ops.completeness)
                """
            ),
        },
    )
