"""Orders are read again only when they were extracted lately, also by a table in which none of them left a row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.support.demo_days import Dbt, DemoDays
from tests.support.warehouse_fixtures import copy_database, query

pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]

COUNTS = """
    select
        count(*),
        count(*) filter (where lines.extracted_at >= newest.extracted_at - interval '24 hours')
    from staging.stg_shop__order_lines as lines
    cross join (select max(_airbyte_extracted_at) as extracted_at from raw_shop.orders) as newest
"""


def test_an_empty_table_reads_only_what_was_extracted_since(
    postgres_server: str,
    make_database: Callable[[], str],
    demo_days: DemoDays,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = copy_database(postgres_server, make_database, demo_days.url)
    dbt = Dbt(url, str(tmp_path), monkeypatch)
    [(all_lines, late_lines)] = query(url, COUNTS)
    assert all_lines > late_lines > 0

    def lines_after_build_of_empty_table(*statements: str) -> int:
        with psycopg.connect(url) as connection:
            for statement in ("delete from staging.stg_shop__order_lines", *statements):
                connection.execute(statement.encode())
        dbt("run", "--select", "stg_shop__order_lines")
        [(lines, _)] = query(url, COUNTS)
        return lines

    assert lines_after_build_of_empty_table() == late_lines
    # never built, as far as the table says
    assert lines_after_build_of_empty_table("comment on table staging.stg_shop__order_lines is null") == all_lines
