"""What can go wrong with raw data: each corruption of a good shop, and the rule that must name it.

Corruptions of one group are made in one copy of a shop, each in rows or a day of its own, so that the failed row shows
which corruption was caught. `python -m tests.support.mutation_table` writes the table of docs/gates.md from this list.
"""

from __future__ import annotations

from tests.support.mutation import Elsewhere
from tests.support.mutations_of_days import ON_DAYS
from tests.support.mutations_of_rows import ROWS, SCHEMA

MUTATIONS = [*ROWS, *SCHEMA, *ON_DAYS]

ELSEWHERE = [
    Elsewhere(
        "an added column",
        "tests/expectations/test_validate.py::test_schema_drift_is_named_and_an_added_column_passes",
        "passes: nothing reads it yet",
    ),
    Elsewhere(
        "an amount that is no number",
        "tests/expectations/test_mutations.py::test_an_unreadable_amount_shuts_the_gate",
        "blocks: every rule that reads it says so",
    ),
    Elsewhere(
        "a load that stopped",
        "tests/orchestration/test_source_freshness.py::test_fresh_old_and_stale_sources",
        "`source_freshness` blocks",
    ),
    Elsewhere(
        "the same event with another payload",
        "tests/ingestion/clickstream/test_landing.py::test_repeats_are_counted_and_conflicts_kept",
        "the first counts, the other is kept as a conflict; many warn",
    ),
    Elsewhere(
        "an invalid record",
        "tests/ingestion/clickstream/test_landing.py::test_poison_goes_to_bad_and_the_rest_of_the_batch_lands",
        "kept in `bad_events` with its reason",
    ),
    Elsewhere(
        "the hours of orders shift", "tests/expectations/test_raw_days.py::test_hours_that_moved_are_found", "warns"
    ),
    Elsewhere(
        "an order lost by staging",
        "tests/expectations/test_validate.py::test_staging_that_lost_an_order_is_stopped",
        "`gate_staging` blocks",
    ),
    Elsewhere(
        "a mart that disagrees with staging",
        "tests/expectations/test_validate.py::test_marts_that_disagree_with_staging_are_stopped",
        "`gate_marts` blocks",
    ),
    Elsewhere(
        "a product deleted in the shop",
        "tests/dbt_project/test_incremental.py::test_a_deleted_product_stays_as_it_was_last_seen",
        "right: it stays as it was last seen, marked as deleted",
    ),
    Elsewhere(
        "late events",
        "tests/dbt_project/test_incremental.py::test_full_refresh_equals_daily_increments_row_for_row",
        "right: the next increment rebuilds the late visitor's rows",
    ),
]
