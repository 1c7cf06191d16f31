"""How old the figures are, and whether the gates passed: the line under each page's title."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from bi.reading import read
from bi.state import t
from comptoir.settings import get_settings

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


def status_line() -> None:
    """Draw "Data as of …; all N checks passed", or how many failed."""
    found = read(STATUS).iloc[0]
    built = found["built_at"]
    checks, failed = int(found["checks"]), int(found["failed"])
    words = t("No build is recorded") if pd.isna(built) else f"{t('Data as of')} {_local(built):%Y-%m-%d %H:%M}"
    if failed:
        st.warning(
            f"{words}; {failed} {t('of')} {checks} {t('checks failed: see Operations')}.", icon=":material/warning:"
        )
    elif checks:
        st.caption(f"{words}; {t('all')} {checks} {t('checks passed')}.")
    else:
        st.caption(f"{words}; {t('no check has run yet')}.")


def _local(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(get_settings().shop_timezone))
