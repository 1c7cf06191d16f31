"""How old the figures are, and whether the gates passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pandas as pd

from bi.figures import Read
from bi.texts import Language, translated

# the newest run of each gate, and the newest build of a mart
STATUS = """
    with newest as (
        select distinct on (gate) gate, run_id from ops.gate_results order by gate, validated_at desc
    ),
    checks as (
        select count(*) as checks, count(*) filter (where not is_success and not is_accepted) as failed
        from ops.gate_results inner join newest using (gate, run_id)
    ),
    builds as (
        select max(started_at + make_interval(secs => seconds)) as built_at from ops.model_runs
        where schema_name = 'marts' and status = 'success'
    )
    select built_at, checks, failed from checks cross join builds
"""


@dataclass(frozen=True, slots=True)
class BuildState:
    """When a mart was last built, None without a record of it; how many checks the gates' last runs had, and failed."""

    built_at: datetime | None
    checks: int
    failed: int


def read_build_state(read: Read) -> BuildState:
    """Read the state. Raises MartsUnavailable."""
    found = read(STATUS).iloc[0]
    built = None if pd.isna(found["built_at"]) else found["built_at"]
    return BuildState(built, int(found["checks"]), int(found["failed"]))


def state_words(state: BuildState, timezone: str, language: Language) -> str:
    """Return "Data as of …; all N checks passed", or how many failed; the time is that of the time zone."""
    t = partial(translated, language=language)
    built = state.built_at and state.built_at.astimezone(ZoneInfo(timezone))
    words = f"{t('Data as of')} {built:%Y-%m-%d %H:%M}" if built else t("No build is recorded")
    if state.failed:
        return f"{words}; {state.failed} {t('of')} {state.checks} {t('checks failed: see Operations')}."
    if state.checks:
        return f"{words}; {t('all')} {state.checks} {t('checks passed')}."
    return f"{words}; {t('no check has run yet')}."
