"""The controls at the top of each page: period, comparison, currency, filters; all kept in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import cast
from zoneinfo import ZoneInfo

import streamlit as st

from bi.choice import Choice
from bi.figures import days_of
from bi.filters import FILTERS
from bi.periods import COMPARISONS, PRESETS, Comparison, Period, last_days, last_whole_day, preset_period
from bi.reading import read
from bi.state import keep, kept, language, t, write_link
from bi.texts import read_as
from comptoir.settings import get_settings

# where the values of a filter are listed
VALUES = {
    "category": "select distinct coalesce(category, 'unknown') as value from marts.dim_products order by 1",
    "brand": "select distinct coalesce(brand, 'unknown') as value from marts.dim_products order by 1",
    "device_type": "select distinct device_type as value from marts.mart_funnel_daily order by 1",
    "channel": "select distinct channel as value from marts.mart_funnel_daily order by 1",
    "country_code": "select distinct country_code as value from marts.mart_sales_breakdown order by 1",
    "source_name": "select distinct source_name as value from marts.mart_sales_breakdown order by 1",
    "recommendation_slot": (
        "select distinct recommendation_slot as value from marts.mart_recommendation_performance order by 1"
    ),
    "algorithm": "select distinct algorithm as value from marts.mart_recommendation_performance order by 1",
}
CURRENCIES = "select distinct currency as value from marts.mart_daily_sales order by 1"


def choose(mart: str, day: str, *, with_currency: bool = False, filters: Sequence[str] = ()) -> Choice:
    """Draw the controls of a page about `mart`. When the mart is empty, say so and stop the page."""
    known = days_of(mart, day, read)
    if known is None:
        st.info(t("This page has nothing to show yet: run the daily job in Dagster.") + f" (marts.{mart})")
        st.stop()
    oldest, newest = known.first_day, known.last_day
    today = datetime.now(ZoneInfo(get_settings().shop_timezone)).date()
    until = max(last_whole_day(newest, today), oldest)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        period = _period(oldest, until)
        comparison = cast(Comparison, _select("comparison", t("Compared with"), COMPARISONS, 190, t))
        currency = _currency() if with_currency else None
        # what a drill-down alone sets has no control of its own
        chosen = {name: _filter(name) if name in VALUES else kept().get(name, "") for name in filters}
    compared = period.compared_with(comparison)
    if compared and compared.first_day < oldest:
        compared = None  # a part of a period would be compared with the whole of another one
        st.caption(f"{t('Data begins on')} {oldest:%Y-%m-%d}: {t('there is no whole period to compare with')}.")
    write_link()
    return Choice(
        period,
        compared,
        currency,
        currency or get_settings().shop_currency,
        {name: value for name, value in chosen.items() if value},
        Period(newest, newest) if newest == today != until else None,
    )


def _period(oldest: date, until: date) -> Period:
    names = [*PRESETS, "Custom"]
    known = kept().get("period")
    preset = st.segmented_control(
        t("Period"),
        names,
        default=known if known in names else "28 days",
        required=True,
        format_func=t,
        key="period",
    )
    keep("period", None if preset == "28 days" else preset)
    if preset != "Custom":
        keep("first_day", None)
        keep("last_day", None)
        return preset_period(str(preset), until)
    before = _kept_days() or last_days(until, 14)
    known_days = Period(max(before.first_day, oldest), max(min(before.last_day, until), oldest))
    chosen = st.date_input(t("Days"), (known_days.first_day, known_days.last_day), oldest, until, width=240, key="days")
    # after the first click only one day is chosen: the page keeps what it showed
    period = Period(*chosen) if isinstance(chosen, tuple) and len(chosen) == 2 else known_days
    keep("first_day", f"{period.first_day}")
    keep("last_day", f"{period.last_day}")
    return period


def _kept_days() -> Period | None:
    try:
        period = Period(date.fromisoformat(kept()["first_day"]), date.fromisoformat(kept()["last_day"]))
    except (KeyError, ValueError):
        return None
    return period if period.days > 0 else None


def _select(name: str, label: str, options: Sequence[str], width: int, shown: Callable[[str], str]) -> str:
    """Draw a choice of one, kept by its name; the first option is chosen at first and stands in no link.

    `shown` says how the reader sees an option.
    """
    known = kept().get(name, options[0])
    place = options.index(known) if known in options else 0
    chosen = st.selectbox(label, options, place, format_func=shown, width=width, key=name)
    keep(name, None if chosen == options[0] else chosen)
    return chosen


def _currency() -> str | None:
    own = get_settings().shop_currency
    options = ["", *read(CURRENCIES)["value"]]
    known = kept().get("currency", "")
    chosen = st.selectbox(
        t("Currency"),
        options,
        options.index(known) if known in options else 0,
        format_func=lambda code: f"{t('Paid in')} {code}" if code else f"{t('All, in')} {own}",
        width=160,
        key="currency",
    )
    keep("currency", chosen)
    return chosen or None


def _filter(name: str) -> str:
    values = ["", *read(VALUES[name])["value"]]
    return _select(name, t(FILTERS[name]), values, 170, lambda value: read_as(value, language()) if value else t("All"))
