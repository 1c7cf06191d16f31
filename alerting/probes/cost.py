"""Models whose last run took unusually long, or wrote an unusual number of rows (ops.model_runs)."""

from __future__ import annotations

import psycopg

from alerting.condition import Condition, Severity
from comptoir.settings import Settings

EARLIER_RUNS = 10
FEWEST_RUNS = 5
TIMES, LEAST_SECONDS = 4.0, 30.0  # slower than usual: by this factor and at least this much
ROWS_TIMES = 2.0

# only tables are written whole: an incremental model's rows depend on what came
QUERY = """
    with numbered as (
        select
            schema_name || '.' || model as name, kind, seconds, rows_count, started_at,
            row_number() over (partition by model order by started_at desc) as place
        from ops.model_runs
        where status = 'success' and started_at > now() - interval '60 days'
    ), usual as (
        select
            name,
            count(*) as runs,
            percentile_cont(0.5) within group (order by seconds) as seconds,
            percentile_cont(0.5) within group (order by rows_count) as rows_count
        from numbered where place between 2 and %(earlier)s + 1
        group by name
    )
    select newest.name, newest.kind, newest.seconds, usual.seconds, newest.rows_count, usual.rows_count
    from numbered as newest inner join usual using (name)
    where newest.place = 1 and usual.runs >= %(fewest)s
    order by newest.name
"""


def look_at_cost(settings: Settings, connection: psycopg.Connection) -> list[Condition]:
    """Slow models and unusual row counts, against the median of the runs before. Raises psycopg.Error."""
    found = []
    rows = connection.execute(QUERY, {"earlier": EARLIER_RUNS, "fewest": FEWEST_RUNS}).fetchall()
    for name, kind, seconds, usual_seconds, count, usual_count in rows:
        if seconds > usual_seconds * TIMES and seconds - usual_seconds > LEAST_SECONDS:
            title = f"{name} took {seconds:.0f} s, usually {usual_seconds:.0f} s"
            found.append(_unusual(f"cost/{name}/seconds", title))
        is_whole = kind == "table" and count is not None and usual_count
        if is_whole and not usual_count / ROWS_TIMES <= count <= usual_count * ROWS_TIMES:
            found.append(_unusual(f"cost/{name}/rows", f"{name} has {count:,} rows, usually {usual_count:,.0f}"))
    return found


def _unusual(key: str, title: str) -> Condition:
    cause = f"In its last run {title}; the median of its {FEWEST_RUNS} to {EARLIER_RUNS} runs before is the usual."
    return Condition(key, title, cause, Severity.WARNING)
