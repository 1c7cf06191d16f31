"""The metrics as dbt's semantic models and metrics (MetricFlow): written from `metrics.yml`, for `mf query` and others.

Amounts are in the shop's currency, because only that may be added up. Shares come out as double precision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from sqlglot import exp

from bi.formula import Aggregate, formula
from bi.marts import FOLDER, MartColumn, contracts
from bi.metrics import Metric, load_metrics

FILE = FOLDER / "semantic_models.yml"
HEAD = "# Made of bi/metrics.yml by `comptoir docs metrics`; change that, not this.\n"
TODAY = "as_of_day"  # of metrics that say how things are now

Node = dict[str, Any]


def write_semantic_models(file: Path = FILE) -> Path:
    """Write dbt's file and return its path."""
    file.write_text(semantic_models())
    return file


def semantic_models() -> str:
    """Return the file's text; the same metrics and contracts give the same text."""
    metrics = load_metrics().values()
    marts = dict.fromkeys(metric.mart for metric in metrics)
    made = {
        "version": 2,
        "semantic_models": [_model(mart, [one for one in metrics if one.mart == mart]) for mart in marts],
        "metrics": [entry for metric in metrics for entry in _metric(metric)],
    }
    return HEAD + yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=120)


def _model(mart: str, metrics: list[Metric]) -> Node:
    contract = contracts()[mart]
    day = metrics[0].day or TODAY
    return {
        "name": mart,
        "description": f"Grain - {contract.grain}",
        "model": f"ref('{mart}')",
        "defaults": {"agg_time_dimension": day},
        "primary_entity": mart.removeprefix("mart_").removeprefix("fct_").removeprefix("dim_") + "_row",
        "dimensions": list(_dimensions(contract.columns.values(), metrics[0].day)),
        "measures": [_measure(name, aggregate) for metric in metrics for name, aggregate in _measures(metric)],
    }


def _dimensions(columns: Iterable[MartColumn], day: str | None) -> Iterator[Node]:
    if day is None:
        yield {"name": TODAY, "expr": "current_date", "type": "time", "type_params": {"time_granularity": "day"}}
    for column in columns:
        if column.data_type == "date":
            yield {"name": column.name, "type": "time", "type_params": {"time_granularity": "day"}}
        elif column.data_type in ("text", "boolean") and not column.is_personal and not column.name.endswith("_id"):
            yield {"name": column.name, "type": "categorical"}


def _measures(metric: Metric) -> list[tuple[str, Aggregate]]:
    """Return the metric's aggregates under the names of their measures."""
    found = formula(metric)
    names = [f"{metric.name}_term_{place}" for place in range(1, len(found.terms) + 1)]
    if len(names) == 1:
        names = [f"{metric.name}_{'numerator' if found.divisor else 'measure'}"]
    if found.divisor:
        names.append(f"{metric.name}_denominator")
    return list(zip(names, found.aggregates, strict=True))


def _measure(name: str, aggregate: Aggregate) -> Node:
    counted = exp.Literal.number(1) if aggregate.argument is None else aggregate.argument
    value = exp.case().when(aggregate.condition, counted) if aggregate.condition else counted
    kind = "count_distinct" if aggregate.function == "count_distinct" else "sum"
    return {"name": name, "agg": kind, "expr": value.sql("postgres")}


def _metric(metric: Metric) -> Iterator[Node]:
    """Yield the metric and, where it is made of several terms, those first, as hidden metrics of their own."""
    found, names = formula(metric), [name for name, _ in _measures(metric)]
    head = {"name": metric.name, "label": metric.label, "description": metric.definition}
    known = {"shopify": metric.shopify, "ga4": metric.ga4}
    meta = {
        "owner": metric.owner,
        "grain": contracts()[metric.mart].grain,
        "good": metric.better,
        "unit": metric.unit,
        **{name: words for name, words in known.items() if words},
    }
    tail = {"config": {"meta": meta}}
    if len(found.terms) > 1:
        for name in names:
            yield _simple({"name": f"{name}_total", "label": name, "description": f"A part of {metric.name}."}, name)
        terms = zip(found.terms, names, strict=False)
        sum_of_terms = " ".join(f"{'-' if one.sign < 0 else '+'} {name}" for one, name in terms).removeprefix("+ ")
        parameters: Node = {
            "expr": f"({sum_of_terms}) / nullif({names[-1]}, 0)" if found.divisor else sum_of_terms,
            "metrics": [{"name": f"{name}_total", "alias": name} for name in names],
        }
        yield head | {"type": "derived", "type_params": parameters} | tail
    elif found.divisor:
        for name in names:
            yield _simple({"name": f"{name}_total", "label": name, "description": f"A part of {metric.name}."}, name)
        numerator, denominator = (f"{name}_total" for name in names)
        yield (head | {"type": "ratio", "type_params": {"numerator": numerator, "denominator": denominator}} | tail)
    else:
        yield _simple(head, names[0]) | tail


def _simple(head: Node, measure: str) -> Node:
    return head | {"type": "simple", "type_params": {"measure": measure}}
