"""The Operations page: what ran, what failed, what is late, and who was told."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi import charts
from bi.choice import Choice
from bi.controls import choose
from bi.listing import Listing
from bi.metrics import load_metrics
from bi.page_parts import chart_card, tiles, trend_card
from bi.reading import read, totals
from bi.state import t
from bi.tables import table
from bi.views.live import live_card
from comptoir.settings import get_settings

TILES = ("model_runs", "failed_model_rate", "model_seconds", "late_interaction_rate")

SHOWN = 100  # rows of a table
# no shop's devices keep so much back: phones that were offline make a few in a hundred
MOSTLY_LATE = 0.5
NO_RUNS = "No run of dbt in these days yet: the next run counts it, on the day it ran; days count when they are over."
IMPORTED = (
    "Late events: most of these days' events came long after they happened, as those of an imported history do. "
    "They say nothing about the collector; days after the import do."
)

# a gate's last run of a day says how the day ended
GATE_DAYS = """
    with last_runs as (
        select distinct on (gate, day) gate, (validated_at at time zone '{zone}')::date as day, run_id
        from ops.gate_results
        where (validated_at at time zone '{zone}')::date between %(first_day)s and %(last_day)s
        order by gate, day, validated_at desc
    )

    select last_runs.day, last_runs.gate as part,
        count(*) filter (where not results.is_success and not results.is_accepted) as value
    from last_runs
    inner join ops.gate_results as results on last_runs.run_id = results.run_id and last_runs.gate = results.gate
    group by 1, 2
    order by 1, 2
"""
FAILED = """
    select gate, rule, table_name, column_name, failed_count as failed, validated_at
    from ops.gate_results
    where not is_success and not is_accepted
        and run_id in (select distinct on (gate) run_id from ops.gate_results order by gate, validated_at desc)
    order by validated_at desc, gate, rule
"""
FAILED_COLUMNS = {
    "gate": ("Gate", None),
    "rule": ("Rule", None),
    "table_name": ("Table", None),
    "column_name": ("Column", None),
    "failed": ("Rows", "count"),
    "validated_at": ("When", None),
}
MODELS = """
    select
        schema_name || '.' || model_name as model, sum(runs_count) as runs, sum(failed_runs_count) as failed,
        sum(total_seconds) as seconds, max(longest_seconds) as longest, max(table_megabytes) as megabytes
    from marts.mart_model_runs_daily
    where {rows}
    group by 1
    order by seconds desc, model
"""
MODEL_COLUMNS = {
    "model": ("Model", None),
    "runs": ("Runs", "count"),
    "failed": ("Failed", "count"),
    "seconds": ("Seconds", "score"),
    "longest": ("Longest run, seconds", "score"),
    "megabytes": ("Megabytes", "score"),
}
SYNCS = """
    select distinct on (stream) stream, finished_at, status, rows_written as rows
    from ops.shop_syncs
    order by stream, finished_at desc
"""
SYNC_COLUMNS = {
    "stream": ("Stream", None),
    "finished_at": ("When", None),
    "status": ("Outcome", None),
    "rows": ("Rows", "count"),
}
ALERTS = """
    select severity, title, array_to_string(owners, ', ') as told, seen_since, closed_at
    from ops.alerts
    where closed_at is null or closed_at > now() - interval '7 days'
    order by closed_at desc nulls first, seen_since desc
"""
ALERT_COLUMNS = {
    "severity": ("Severity", None),
    "title": ("Alert", None),
    "told": ("Told to", None),
    "seen_since": ("Since", None),
    "closed_at": ("Over", None),
}
PROCESSES = """
    select process, beat_at, extract(epoch from now() - beat_at) as age_seconds
    from ops.heartbeats
    order by process
"""
PROCESS_COLUMNS = {
    "process": ("Process", None),
    "beat_at": ("Last heartbeat", None),
    "age_seconds": ("Seconds ago", "count"),
}


def failed_checks(choice: Choice, zone: str) -> pd.DataFrame:
    """Read how many checks each gate's last run of a day failed: day, part (the gate), value."""
    return read(GATE_DAYS.format(zone=zone), choice.parameters())


def models(choice: Choice) -> Listing:
    """List the models of dbt by the seconds they took in the period."""
    rows = choice.rows("mart_model_runs_daily", "run_date")
    return Listing(MODELS.format(rows=rows), choice.parameters(), SHOWN)


def explanations(figures: dict[str, float | None]) -> list[str]:
    """Return, in English, why tiles are empty or look alarming after a first build, by the figures of `TILES`."""
    words = []
    if not figures["model_runs"]:
        words.append(NO_RUNS)
    if (figures["late_interaction_rate"] or 0) >= MOSTLY_LATE:
        words.append(IMPORTED)
    return words


def page() -> None:
    """Draw the page with Streamlit. Raises MartsUnavailable."""
    choice = choose("mart_interactions_daily", "interaction_date")
    live_card()
    tiles(TILES, choice)
    for words in explanations(totals([load_metrics()[name] for name in TILES], choice, choice.period)):
        st.caption(t(words))
    left, right = st.columns(2)
    trend_card(("model_seconds", "model_runs", "failed_model_rate", "late_interaction_rate"), choice, "runs", left)
    failed = failed_checks(choice, get_settings().shop_timezone)
    days = None if failed.empty else charts.stacked_days(failed, "count", "", (t("Day"), t("Gate"), t("Failed checks")))
    chart_card("Failed checks", days, right, "After each gate's last run of the day.")
    table("Checks that fail now", Listing(FAILED, {}, SHOWN), FAILED_COLUMNS, "failed_checks")
    table("Alerts, open or of the last seven days", Listing(ALERTS, {}, SHOWN), ALERT_COLUMNS, "alerts")
    left, right = st.columns(2)
    table("Models by time", models(choice), MODEL_COLUMNS, choice.file("models"), left)
    with right:
        table("Newest sync of each stream", Listing(SYNCS, {}, SHOWN), SYNC_COLUMNS, "syncs")
        table("Processes", Listing(PROCESSES, {}, SHOWN), PROCESS_COLUMNS, "processes")
