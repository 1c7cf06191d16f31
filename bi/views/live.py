"""A card that renews itself: what the stream of clicks does now, and the orders that come in."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi import reporter
from bi.formats import figure
from bi.page_parts import card
from bi.reporter import MartsUnavailable
from bi.state import language, t
from comptoir.settings import get_settings

EVERY = "5s"
# how long the newest batch took from reading clicks to lists that answer to them; one row, whether or not it has run
BEAT = """
    select
        extract(epoch from now() - beats.beat_at) as age_seconds,
        (beats.details ->> 'rows_per_second')::numeric as events_per_second,
        (beats.details -> 'duration_ms' ->> 'triggerExecution')::numeric as batch_milliseconds,
        (beats.details ->> 'rows')::numeric as batch_events,
        (
            select sum(rows_written) from ops.shop_syncs
            where stream = 'orders' and finished_at > now() - interval '1 hour'
        ) as orders
    from (values ('stream')) as streams (process)
    left join ops.heartbeats as beats on streams.process = beats.process
"""


@st.fragment(run_every=EVERY)
def live_card() -> None:
    """Draw what the stream last told, read again every five seconds; says when it has been silent for a minute."""
    with card("live"):
        st.subheader(t("Live: from click to list"))
        try:
            frame = reporter.read_frame(get_settings().database_url_as("reporter"), reporter.sql.SQL(BEAT))
        except MartsUnavailable as error:
            st.error(t(str(error)))
            return
        _tiles(frame.iloc[0])


def _tiles(beat: pd.Series) -> None:
    if pd.isna(beat["age_seconds"]):
        st.info(t("The stream has not run yet: start it with `comptoir up`."))
    elif beat["age_seconds"] > 60:
        st.warning(t("The stream has been silent for over a minute: see `comptoir status`."))
    shown = {
        "Events per second": beat["events_per_second"],
        "In the newest batch": beat["batch_events"],
        "Click to list, ms": beat["batch_milliseconds"],
        "Seconds since then": beat["age_seconds"],
        "Orders, last hour": beat["orders"],
    }
    for place, (label, value) in zip(st.columns(len(shown)), shown.items(), strict=True):
        place.metric(t(label), figure(None if pd.isna(value) else float(value), "count", "", language()), border=True)
