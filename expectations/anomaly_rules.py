"""Rules that compare a complete day with the weeks before it, in SQL over ops.day_figures.

Each looks at the last days, so that a bad one is still found after a day without a run, and skips days that an operator
accepted. Spread is the median of absolute deviations, so that an unusual day of the past does not widen it. Where
history is too short to compare with, a rule finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from expectations.sql_rules import ExpectNoRows, Severity, no_rows

NamedRule = tuple[str, ExpectNoRows]

CHECKED_DAYS = 7
HISTORY_DAYS = 56
ENOUGH_DAYS = 14  # of history, before a share or a level is compared
ENOUGH_WEEKS = 4  # days of the same weekday, before a count is compared
MAD = 1.4826  # times the median of absolute deviations is the standard deviation of a normal distribution


@dataclass(frozen=True)
class DayRules:
    """Makes rules about the last `checked_days` complete days.

    Each method returns the rule with its name, which `ops.accepted_days` refers to. A row that breaks the rule is a day
    of a figure, or of one of its keys.
    """

    checked_days: int = CHECKED_DAYS

    def count_is_usual(self, name: str, figure: str, severity: Severity, why: str, *, together: int = 1) -> NamedRule:
        """A count is within its weekday's usual spread, or follows the trend of the last seven days.

        A day is unusual from five spreads and 40 % under the lower, or 60 % over the higher of the two. `together` is
        how many of the things counted come at once, as the events of a visit do: chance spreads such counts wider.
        """
        query = f"""
            {self._figures(name, figure)},
            history as (
                select checked.day, extract(isodow from earlier.day) as weekday, earlier.value,
                    earlier.day >= checked.day - 7 as is_recent
                from checked inner join figures as earlier
                    on earlier.day between checked.day - {HISTORY_DAYS} and checked.day - 1
            ),
            weekdays as (
                select day, weekday, percentile_cont(0.5) within group (order by value) as usual, count(*) as days_count
                from history group by day, weekday
            ),
            recent as (
                select day, percentile_cont(0.5) within group (order by value) as usual
                from history where is_recent group by day
            ),
            spreads as (
                select history.day,
                    {MAD} * percentile_cont(0.5) within group (order by abs(history.value - weekdays.usual)) as spread
                from history inner join weekdays using (day, weekday)
                group by history.day
            ),
            compared as (
                select checked.day, checked.value, weekdays.usual, least(weekdays.usual, recent.usual) as low,
                    greatest(weekdays.usual, recent.usual) as high,
                    greatest(2, spreads.spread, sqrt({together} * weekdays.usual), 0.08 * weekdays.usual) as spread
                from checked
                inner join weekdays
                    on checked.day = weekdays.day and extract(isodow from checked.day) = weekdays.weekday
                inner join recent on checked.day = recent.day
                inner join spreads on checked.day = spreads.day
                where weekdays.days_count >= {ENOUGH_WEEKS}
            )
            select day, value as found, round(usual::numeric) as usual, round(spread::numeric, 1) as spread
            from compared
            where
                (value < 0.6 * low and value < low - 5 * spread)
                or (value = 0 and low >= 8)
                or (value > 1.6 * high and value > high + 5 * spread)
            order by day desc
        """
        return name, no_rows(query, severity, why)

    def level_is_usual(
        self,
        name: str,
        figure: str,
        severity: Severity,
        why: str,
        *,
        samples: int,
        tolerance: float,
        is_share: bool = True,
        only: Literal["", "above", "below"] = "",
        window_days: int = 1,
    ) -> NamedRule:
        """A share or a level of a day with at least `samples` is within its usual spread.

        `tolerance` is the difference that always passes, in the figure's own unit. A share also has the spread of a
        sample of its size. `window_days` is how many days the figure covers: history ends before them.
        """
        sampling = "5 * sqrt(usual * (1 - usual) / sample_count)" if is_share else "0"
        difference = {"": "abs(value - usual)", "above": "value - usual", "below": "usual - value"}[only]
        query = f"""
            {self._figures(name, figure)},
            history as (
                select checked.day, checked.key, earlier.value, earlier.sample_count
                from checked inner join figures as earlier
                    on checked.key = earlier.key and earlier.sample_count >= {samples}
                    and earlier.day between checked.day - {HISTORY_DAYS} and checked.day - {window_days}
            ),
            medians as (
                select day, key, percentile_cont(0.5) within group (order by value) as usual,
                    percentile_cont(0.5) within group (order by sample_count) as usual_count
                from history group by day, key having count(*) >= {ENOUGH_DAYS}
            ),
            spreads as (
                select day, key,
                    {MAD} * percentile_cont(0.5) within group (order by abs(history.value - medians.usual)) as spread
                from history inner join medians using (day, key)
                group by day, key
            ),
            compared as (
                select day, key, checked.value, checked.sample_count, medians.usual,
                    spreads.spread * sqrt(greatest(1, medians.usual_count / checked.sample_count)) as spread
                from checked inner join medians using (day, key) inner join spreads using (day, key)
                where checked.sample_count >= {samples}
            )
            select day, key, round(value::numeric, 4) as found, round(usual::numeric, 4) as usual, sample_count
            from compared
            where {difference} > greatest({tolerance}, 6 * spread, {sampling})
            order by day desc
        """
        return name, no_rows(query, severity, why)

    def is_rare(self, name: str, figure: str, severity: Severity, why: str, *, above: float = 0.2) -> NamedRule:
        """A share that is nearly nothing on good days: unusual from three cases and a share of `above` on.

        Only where the weeks before had under a third of it: a shop whose tracker means something else by this name is
        not blocked every day.
        """
        query = f"""
            {self._figures(name, figure)},
            history as (
                select checked.day, checked.key, sum(earlier.value * earlier.sample_count) / sum(earlier.sample_count)
                    as usual
                from checked inner join figures as earlier
                    on checked.key = earlier.key and earlier.sample_count > 0
                    and earlier.day between checked.day - {HISTORY_DAYS} and checked.day - 1
                group by checked.day, checked.key
                having sum(earlier.sample_count) >= 20 and count(*) >= {ENOUGH_DAYS}
            )
            select day, key, round(value::numeric, 4) as found, round(usual::numeric, 4) as usual, sample_count
            from checked inner join history using (day, key)
            where value > {above} and value * sample_count >= 2.999 and value > 3 * usual
            order by day desc
        """
        return name, no_rows(query, severity, why)

    def none_fell_silent(self, name: str, figure: str, severity: Severity, why: str) -> NamedRule:
        """No key of a mix that is expected thirty times a day is suddenly under a tenth of its share."""
        query = f"""
            {self._figures(name, figure)},
            history as (
                select checked.day, checked.key, percentile_cont(0.5) within group (order by earlier.value) as usual
                from checked inner join figures as earlier
                    on checked.key = earlier.key
                    and earlier.day between checked.day - {HISTORY_DAYS} and checked.day - 1
                group by checked.day, checked.key
                having count(*) >= {ENOUGH_DAYS}
            )
            select day, key, round(value::numeric * sample_count) as found,
                round(usual::numeric * sample_count) as expected
            from checked inner join history using (day, key)
            where usual * sample_count >= 30 and value < 0.1 * usual
            order by day desc
        """
        return name, no_rows(query, severity, why)

    def hours_are_not_shifted(self, name: str, figure: str, severity: Severity, why: str, *, samples: int) -> NamedRule:
        """A day's hours do not fit the usual ones clearly better when they are moved by two hours or more.

        Compared by likelihood. A single hour proves nothing: visitors abroad change their clocks on other days.
        """
        query = f"""
            {self._figures(name, figure)},
            profile as (
                select checked_days.day, earlier.key::int as hour,
                    0.002 + sum(earlier.value * earlier.sample_count) / sum(sum(earlier.value * earlier.sample_count))
                        over (partition by checked_days.day) as usual
                from (select distinct day from checked where sample_count >= {samples}) as checked_days
                inner join figures as earlier
                    on earlier.day between checked_days.day - {HISTORY_DAYS} and checked_days.day - 1
                group by checked_days.day, earlier.key
                having count(*) >= {ENOUGH_DAYS}
            ),
            scores as (
                select checked.day, lag, min(checked.sample_count) as sample_count,
                    sum(checked.value * checked.sample_count * ln(coalesce(profile.usual, 0.002))) as score
                from checked
                cross join generate_series(-12, 12) as lags (lag)
                left join profile
                    on checked.day = profile.day and profile.hour = mod(checked.key::int - lag + 24, 24)
                where checked.day in (select day from profile)
                group by checked.day, lag
            ),
            best as (select distinct on (day) * from scores order by day, score desc)
            select best.day, best.lag as hours, round((best.score - unmoved.score)::numeric, 1) as evidence
            from best inner join scores as unmoved on best.day = unmoved.day and unmoved.lag = 0
            where abs(best.lag) >= 2 and best.score - unmoved.score > 12 + 0.05 * best.sample_count
            order by best.day desc
        """
        return name, no_rows(query, severity, why)

    def _figures(self, name: str, figure: str) -> str:
        return f"""
            with figures as (select * from ops.day_figures where figure = '{figure}'),
            checked as (
                select * from figures
                where
                    day > (select max(day) from figures) - {self.checked_days}
                    and day not in (select day from ops.accepted_days where rule = '{name}')
                    and exists (select from {{batch}} as batch)
            )
        """
