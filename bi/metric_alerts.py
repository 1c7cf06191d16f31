"""Which rules of reports.yml a day breaks: a figure past its limit, or an unusual one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from babel.dates import format_date

from bi.breakdowns import unusual_days_of
from bi.choice import Choice
from bi.figures import Read, day_notes, days_of, totals
from bi.formats import figure
from bi.links import page_link, page_of
from bi.metrics import Metric, load_metrics
from bi.periods import Period, last_days
from bi.report_settings import AlertRule
from bi.texts import Language, read_as, translated
from bi.unusual import UnusualDay
from bi.unusual_words import unusual_words

SHOWN = 28  # days that an alert's link shows, up to the day


@dataclass(frozen=True, slots=True)
class MetricAlert:
    """A rule that a day breaks: by its `figure`, None where it is `unusual`; amounts are in `currency`."""

    rule: AlertRule
    day: date
    figure: float | None
    unusual: UnusualDay | None
    currency: str

    @property
    def metric(self) -> Metric:
        """The rule's metric."""
        return load_metrics()[self.rule.metric]

    def title(self, language: Language) -> str:
        """Return what is wrong in a few words: "Sessions unusual", "Searches without results above 25.0 %"."""
        t = partial(translated, language=language)
        parts = [read_as(value, language) for value in self.rule.filters.values()]
        label = ", ".join([t(self.metric.label), *parts])
        if self.unusual:
            return f"{label}: {t('unusual')}"
        limit, words = (self.rule.above, t("above")) if self._is_above else (self.rule.below, t("below"))
        return f"{label}: {words} {figure(limit, self.metric.unit, self.currency, language)}"

    def cause(self, language: Language) -> str:
        """Return the day and what it was: its figure, or how far it was from usual and what moved most."""
        day = format_date(self.day, "EEE d MMM y", locale=language)
        if self.unusual:
            return f"{day}: {unusual_words(self.unusual, language)}."
        return f"{day}: {figure(self.figure, self.metric.unit, self.currency, language)}."

    def link(self, dashboard_url: str, language: Language) -> str:
        """Return the address of the metric's page with the days up to this one, narrowed as the rule is."""
        filters = dict(self.rule.filters)
        if self.unusual and self.unusual.dimension and self.unusual.part:
            filters[self.unusual.dimension] = self.unusual.part
        days = last_days(self.day, SHOWN)
        return page_link(dashboard_url, page_of(self.metric), days, language, filters=filters)

    @property
    def _is_above(self) -> bool:
        return self.rule.above is not None and (self.figure or 0.0) > self.rule.above


def metric_alerts(rules: Sequence[AlertRule], day: date, currency: str, read: Read) -> list[MetricAlert]:
    """Return the rules that a whole day breaks, in the shop's currency.

    A day that a mart does not have yet breaks none: that its figures are late is told elsewhere. A day with a note is
    not unusual. Raises MartsUnavailable.
    """
    period = Period(day, day)
    is_noted = not day_notes(period, read).empty
    found: list[MetricAlert] = []
    for rule in rules:
        metric = load_metrics()[rule.metric]
        known = days_of(metric.mart, str(metric.day), read)
        if known is None or known.last_day < day:
            continue
        if rule.unusual:
            days = [] if is_noted else unusual_days_of(metric, period, read)
            found += [MetricAlert(rule, day, None, one, currency) for one in days]
            continue
        value = totals([metric], Choice(period, None, None, currency, rule.filters), period, read)[metric.name]
        if value is not None and rule.is_broken_by(value):
            found.append(MetricAlert(rule, day, value, None, currency))
    return found
