"""The weekly digest as a page to be read as a mail or in a browser, and as a few lines of text."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bi.build_state import state_words
from bi.digest import Category, Digest, Line
from bi.formats import change, figure
from bi.links import page_link, page_of
from bi.metrics import Metric
from bi.periods import last_days
from bi.texts import Language, read_as, translated
from bi.unusual import UnusualDay
from bi.unusual_words import unusual_words

TEMPLATE = "weekly_digest.html.j2"
AROUND = 28  # days that a link to an unusual day shows, up to it


class DigestPage:
    """A digest in a language; its links open the dashboard at `dashboard_url`, its times are those of `timezone`."""

    def __init__(self, digest: Digest, language: Language, dashboard_url: str, timezone: str) -> None:
        self.digest, self.language, self.timezone = digest, language, timezone
        self.t = partial(translated, language=language)
        self._link = partial(page_link, dashboard_url, language=language)

    @property
    def title(self) -> str:
        """The page's title, and a mail's subject: "The week of 16 Nov to 22 Nov 2026"."""
        first, last = self.digest.week.first_day, self.digest.week.last_day
        return f"{self.t('The week of')} {self._day(first, 'd MMM')} {self.t('to')} {self._day(last, 'd MMM y')}"

    @property
    def state(self) -> str:
        """How old the figures are and whether the gates passed, as the dashboard's pages say it."""
        return state_words(self.digest.state, self.timezone, self.language)

    def html(self) -> str:
        """Return the page; names of categories are written as text, whatever they hold."""
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        digest = self.digest
        return environment.get_template(TEMPLATE).render(
            t=self.t,
            language=self.language,
            title=self.title,
            state=self.state,
            is_whole=digest.is_whole,
            newest_day=digest.newest_day,
            lines=[self._line(one) for one in digest.lines],
            best=[self._category(one) for one in digest.best],
            worst=[self._category(one) for one in digest.worst],
            unusual=[self._unusual(metric, one) for metric, one in digest.unusual],
        )

    def text(self) -> str:
        """Return what a chat or a file shows: a metric a line, and the state of the figures."""
        lines = []
        for one in map(self._line, self.digest.lines):
            moved = f" ({one['week_before']} {self.t('against the week before')})" if one["week_before"] else ""
            lines.append(f"{one['label']}: {one['figure']}{moved}")
        return "\n".join([*lines, self.state])

    def _line(self, one: Line) -> dict[str, Any]:
        metric = one.metric
        return {
            "label": self.t(metric.label),
            "figure": figure(one.now, metric.unit, self.digest.currency, self.language),
            "week_before": change(metric, one.now, one.week_before, self.language),
            "week_direction": one.direction(one.week_before),
            "year_before": change(metric, one.now, one.year_before, self.language),
            "year_direction": one.direction(one.year_before),
            "link": self._link(page_of(metric), self.digest.week),
        }

    def _category(self, one: Category) -> dict[str, str]:
        money = partial(figure, unit="money", currency=self.digest.currency, language=self.language)
        return {
            "name": read_as(one.name, self.language),
            "net_sales": money(one.net_sales),
            "gained": f"{'+' if one.gained > 0 else ''}{money(one.gained)}",
            "link": self._link("products", self.digest.week, filters={"category": one.name}),
        }

    def _unusual(self, metric: Metric, one: UnusualDay) -> dict[str, str]:
        filters = {one.dimension: one.part} if one.dimension and one.part else {}
        return {
            "day": self._day(one.day, "EEE d MMM"),
            "label": self.t(metric.label),
            "words": unusual_words(one, self.language),
            "link": self._link(page_of(metric), last_days(one.day, AROUND), filters=filters),
        }

    def _day(self, day: date, form: str) -> str:
        return format_date(day, form, locale=self.language)
