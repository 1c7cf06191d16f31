"""What each page of the dashboard must show for a choice, by tile and chart, counted from raw (raw_figures.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from bi.choice import Choice
from tests.support.raw_figures import NET, RawFigures

Rows = list[tuple[Any, ...]]
PERFORMANCE = """
    with seen as (
        select {key} as key, count(*) filter (where kind = 'view') as views,
            count(distinct (day, visit, product_id)) filter (where kind = 'view') as viewing,
            count(distinct (day, visit, product_id)) filter (where kind = 'cart') as carting,
            count(distinct (day, visit, product_id)) filter (where kind = 'purchase') as buying
        from touches where not is_bot and not is_repeat and {touched} group by 1
    ), sold as (
        select {key} as key, coalesce(sum(units) filter (where kind = 'sale'), 0) as units,
            coalesce(sum(units) filter (where kind = 'return'), 0) as returned,
            sum(gross_shop - discount_shop - back_shop - cancelled_shop) as net,
            sum(gross_shop - discount_shop - back_shop - cancelled_shop - cost_moved) as margin
        from products_sold where kind <> 'no goods' and {moved} group by 1
    )
    select key, coalesce(views, 0), carting / nullif(viewing, 0)::numeric, buying / nullif(carting, 0)::numeric,
        coalesce(units, 0), coalesce(returned, 0), coalesce(net, 0), margin
    from seen full join sold using (key)
"""
LANDED = """
    select case when page in (select page from visits group by 1 having count(distinct visitor) >= 5) then page
            else '(few visitors)' end,
        count(*), count(*) filter (where has_order), avg(has_order::int), sum(net)
    from visits where {where} group by 1
"""
SCORED = """
    select *, least(5, 1 + floor(5 * percent_rank() over (order by last_day)))::int as recent,
        least(5, 1 + floor(5 * percent_rank() over (order by orders)))::int as frequent
    from recency
"""
SEGMENTS = f"""
    select case when recent >= 4 and frequent >= 4 then 'champions' when recent = 3 and frequent >= 4 then 'loyal'
            when frequent >= 4 then 'at risk' when recent >= 4 and orders = 1 then 'new'
            when recent >= 4 then 'promising' when recent = 3 then 'needing attention'
            when recent = 2 then 'about to sleep' else 'lost' end,
        count(*), sum(net), avg(days), avg(orders)
    from ({SCORED}) as scored group by 1
"""
COHORTS = """
    with active as (
        select cohort, customers_orders.day, net_of.customer, customers_orders.net as spent
        from customers_orders inner join recency as net_of using (customer) where not is_cancelled
    ), months as (
        select cohort, count(distinct customer) as size, month::date from recency
        cross join lateral generate_series(cohort::timestamp,
            (select date_trunc('month', max(day)) from active)::timestamp, '1 month') as month
        group by 1, 3
    )
    select to_char(cohort, 'YYYY-MM'),
        12 * (extract(year from month) - extract(year from cohort))
            + extract(month from month) - extract(month from cohort),
        size,
        round((select count(distinct customer) from active where active.cohort = months.cohort
            and date_trunc('month', day) = month)::numeric / size, 6),
        (select coalesce(sum(spent), 0) from active where active.cohort = months.cohort
            and date_trunc('month', day) <= month)
    from months
"""
TERMS = """
    select said, count(*), count(*) filter (where results = 0), avg((coalesce(first_place <= 10, false))::int),
        count(*) filter (where is_refined), avg(is_ordered::int)
    from searches where {where} group by 1
"""
RECOMMENDED = """
    select {key}, count(*) filter (where kind = 'show'), count(*) filter (where kind = 'click'),
        count(*) filter (where kind = 'click') / nullif(count(*) filter (where kind = 'show'), 0)::numeric,
        count(order_id), coalesce(sum(earned), 0)
    from recommended_days where {where} group by 1
"""
ARMS = """
    with days as (
        select distinct on (visitor, at::date) visitor, at::date as day, properties ->> 'arm' as arm
        from steps where name = 'Recommendations Viewed' and properties ->> 'arm' in ('treatment', 'control')
            and not is_bot
        order by visitor, at::date, at desc, event_id desc
    ), done as (
        select visitor, at::date as day,
            bool_or(name = 'Product Clicked' and properties #>> '{recommendation,slot}' is not null) as clicked,
            bool_or(name = 'Product Added') as added,
            bool_or(name = 'Order Completed' and (event_id in (select event_id from told)
                or properties ->> 'order_id' not in (select order_id from told))) as bought
        from steps where not is_bot group by 1, 2
    )
    select arm, count(*), avg(clicked::int), avg(added::int), avg(bought::int)
    from days inner join done using (visitor, day) where day between %(first)s and %(last)s group by 1
"""
PAIRS = """
    select one.title, other.title, count(*),
        round(count(*)::numeric / (select count(*) from baskets where product_id = mine.product_id), 6),
        round(count(*)::numeric * (select count(distinct order_id) from baskets)
            / ((select count(*) from baskets where product_id = mine.product_id)
             * (select count(*) from baskets where product_id = theirs.product_id)), 6)
    from baskets as mine
    inner join baskets as theirs on mine.order_id = theirs.order_id and mine.product_id <> theirs.product_id
    inner join products as one on mine.product_id = one.product_id
    inner join products as other on theirs.product_id = other.product_id
    where {where}
    group by mine.product_id, theirs.product_id, one.title, other.title having count(*) >= 2
"""
FAILED = """
    with ends as (
        select distinct on (gate, validated_at::date) gate, validated_at::date as day, run_id from ops.gate_results
        order by gate, validated_at::date, validated_at desc
    )
    select ends.day, ends.gate, count(*) filter (where not is_success and not is_accepted)
    from ends inner join ops.gate_results as results using (run_id, gate)
    where ends.day between %(first)s and %(last)s group by 1, 2
"""


class RawPages:
    """The charts and tables of a page by name, as rows, for a choice."""

    def __init__(self, raw: RawFigures) -> None:
        """Read the facts that `raw` made."""
        self.raw = raw

    def of(self, page: str, choice: Choice) -> dict[str, Rows]:
        """Return the page's charts and tables of a choice."""
        charts: Callable[[Choice], dict[str, Rows]] = getattr(self, page)
        return charts(choice)

    def _rows(self, statement: str, choice: Choice) -> Rows:
        return self.raw.rows(statement, (choice.period.first_day, choice.period.last_day), choice.filters)

    def _where(self, facts: str, day: str, choice: Choice) -> str:
        return self.raw.where(facts, day, choice.filters, choice.currency)

    def sales(self, choice: Choice) -> dict[str, Rows]:
        """Return net sales by each column, and orders by hour."""
        side = "paid" if choice.currency else "shop"
        moved, placed = self._where("movements", "on_day", choice), self._where("customers_orders", "day", choice)
        of_category = " and order_id in (select order_id from lines where category = %(category)s)"
        placed += of_category if "category" in choice.filters else ""
        hours = f"""
            select extract(isodow from placed_at), extract(hour from placed_at), count(*)
            from customers_orders where {placed} group by 1, 2
        """
        return {"hours": self._rows(hours, choice)} | {
            name: self._rows(f"select {name}, {NET.format(s=side)} from movements where {moved} group by 1", choice)
            for name in ("category", "country_code", "source_name")
        }

    def behaviour(self, choice: Choice) -> dict[str, Rows]:
        """Return the funnel, and visits by device, channel and landing page."""
        where = self._where("visits", "day", choice)
        steps = ", ".join(f"count(*) filter (where step >= {step})" for step in range(1, 6))
        visits = "select {0}, count(*), count(*) filter (where has_order), avg(has_order::int), sum(net) from visits"
        return {
            "funnel": [(one,) for one in self._rows(f"select {steps} from visits where {where}", choice)[0]],
            "landing_pages": self._rows(LANDED.format(where=where), choice),
        } | {
            name: self._rows(f"{visits.format(name)} where {where} group by 1", choice)
            for name in ("device_type", "channel")
        }

    def products(self, choice: Choice) -> dict[str, Rows]:
        """Return each level of the drill-down, the classes, the margins and what is bought together."""
        touched, moved = self._where("touches", "day", choice), self._where("products_sold", "on_day", choice)
        found = {
            name: self._rows(PERFORMANCE.format(key=name, touched=touched, moved=moved), choice)
            for name in ("category", "brand", "product_id")
        }
        classes = f"""
            select coalesce(class, 'C'), sum(gross_shop - discount_shop - back_shop - cancelled_shop)
            from products_sold left join classes using (product_id)
            where kind <> 'no goods' and {moved} group by 1
        """
        pairs = " and ".join(f"one.{name} = %({name})s" for name in choice.filters if name != "brand") or "true"
        parts = f"""
            select category, brand, sum(gross_shop - discount_shop - back_shop - cancelled_shop) as net
            from products_sold where kind <> 'no goods' and {moved} group by 1, 2
        """
        return found | {
            "parts": [one for one in self._rows(parts, choice) if one[2]],
            "classes": self._rows(classes, choice),
            "pairs": self._rows(PAIRS.format(where=pairs), choice),
        }

    def customers(self, choice: Choice) -> dict[str, Rows]:
        """Return sales of new and returning customers, the grid, segments and cohorts."""
        where = self._where("customers_orders", "day", choice)
        kinds = f"""
            select day, case when customer is null then 'guest' when place = 1 then 'new' else 'returning' end, sum(net)
            from customers_orders where {where} group by 1, 2
        """
        grid = f"select recent, frequent, count(*) from ({SCORED}) as scored group by 1, 2"
        return {
            "new_and_returning": self._rows(kinds, choice),
            "grid": self._rows(grid, choice),
            "segments": self._rows(SEGMENTS, choice),
            "cohorts": self._rows(COHORTS, choice),
        }

    def search(self, choice: Choice) -> dict[str, Rows]:
        """Return the terms, those without results, and the places of first clicks."""
        where = self._where("searches", "day", choice)
        places = f"""
            select least(first_place, 21), count(*) from searches
            where first_place is not null and {where} group by 1
        """
        terms = self._rows(TERMS.format(where=where), choice)
        return {
            "terms": terms,
            "without_results": [one for one in terms if one[2]],
            "places": self._rows(places, choice),
        }

    def recommendations(self, choice: Choice) -> dict[str, Rows]:
        """Return what came of recommendations by slot and algorithm, and the experiment's arms."""
        where = self._where("recommended_days", "day", choice)
        return {"arms": self._rows(ARMS, choice)} | {
            name: self._rows(RECOMMENDED.format(key=name, where=where), choice)
            for name in ("recommendation_slot", "algorithm")
        }

    def operations(self, choice: Choice) -> dict[str, Rows]:
        """Return dbt's models and the checks that failed."""
        models = """
            select model, sum(runs), sum(failed), sum(seconds), max(longest), max(megabytes) from model_days
            where day between %(first)s and %(last)s group by 1
        """
        return {"models": self._rows(models, choice), "failed_checks": self._rows(FAILED, choice)}


def comparable(rows: Rows) -> Rows:
    """Return rows sorted, their numbers as floats of six places, so that two ways of counting can be compared."""
    return sorted((tuple(map(_plain, row)) for row in rows), key=str)


def rows_of(frame: pd.DataFrame, *columns: str) -> Rows:
    """Return the columns of a frame as rows."""
    return list(frame[list(columns)].itertuples(index=False, name=None))


def _plain(value: Any) -> Any:
    if value is None or value != value:
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    return value if isinstance(value, str) else round(float(value), 6)
