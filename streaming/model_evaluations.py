"""Evaluates a candidate model against the published one, keeps the results, and publishes models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev

import psycopg

from recommendations.evaluation import Evaluation, evaluate
from recommendations.model import Model
from streaming.evaluation_history import read_history
from streaming.published_model import load_published, publish_model

FEWEST_STEPS = 200  # with fewer the comparison would be chance: the candidate is accepted
STANDARD_ERRORS = 2.0  # of the mean difference per step: a candidate lower by more is worse
METRICS = ("hit_rate", "mrr", "ndcg", "coverage", "novelty")  # of Score.metrics, columns of ops.model_evaluations
KEEP = f"""
    insert into ops.model_evaluations (model_version, slot, algorithm, steps_count, {", ".join(METRICS)})
    values (%(version)s, %(slot)s, %(algorithm)s, %(steps)s, {", ".join(f"%({name})s" for name in METRICS)})
"""


@dataclass(frozen=True)
class ModelComparison:
    """A candidate and the published model, evaluated on the same steps."""

    candidate: Evaluation
    published: Evaluation

    @property
    def is_not_worse(self) -> bool:
        """Whether the candidate's hits and reciprocal ranks (home list, step by step) are not lower, beyond chance."""
        ours, theirs = self.candidate.by_model["home"], self.published.by_model["home"]
        if ours.steps < FEWEST_STEPS:
            return True
        return not any(
            _is_lower(some, others)
            for some, others in ((ours.hits, theirs.hits), (ours.reciprocal_ranks, theirs.reciprocal_ranks))
        )

    @property
    def message(self) -> str:
        """The result as a sentence for an operator."""
        ours, theirs = self.candidate.metrics("home"), self.published.metrics("home")
        compared = (
            f"model {self.candidate.model_version} has HR@20 {ours['hit_rate']:.3f} and MRR@20 {ours['mrr']:.3f}, "
            f"the published {self.published.model_version} has {theirs['hit_rate']:.3f} and {theirs['mrr']:.3f}, "
            f"on {self.candidate.by_model['home'].steps:,} steps of the last days"
        )
        if self.is_not_worse:
            return f"Not worse: {compared}."
        return f"Worse, so it is not published: {compared}. Fit the weights again, or keep the published model."


def _is_lower(some: Sequence[float], others: Sequence[float]) -> bool:
    """Whether the mean of paired figures is lower by more than chance."""
    differences = [one - other for one, other in zip(some, others, strict=True)]
    return mean(differences) < -STANDARD_ERRORS * stdev(differences) / sqrt(len(differences))


def compare_with_published(database_url: str, candidate: Model) -> ModelComparison:
    """Evaluate both models on the shop's history and keep the results in ops.model_evaluations.

    Raises ValueError without a history, and psycopg.Error.
    """
    with psycopg.connect(database_url) as connection:
        published = load_published(connection)
        history = read_history(database_url)
        ours = evaluate(history, candidate)
        theirs = ours if published.version == candidate.version else evaluate(history, published)
        for evaluation in {ours.model_version: ours, theirs.model_version: theirs}.values():
            _keep(connection, evaluation)
    return ModelComparison(ours, theirs)


def publish(database_url: str, model: Model) -> None:
    """Make the stream score with this model from now on. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection:
        publish_model(connection, model)


def _keep(connection: psycopg.Connection, evaluation: Evaluation) -> None:
    rows = [
        {
            "version": evaluation.model_version,
            "slot": slot,
            "algorithm": algorithm,
            "steps": score.steps,
            **score.metrics(evaluation.products),
        }
        for algorithm, scores in (("model", evaluation.by_model), ("trending", evaluation.by_trending))
        for slot, score in scores.items()
    ]
    with connection.cursor() as cursor:
        cursor.executemany(KEEP.encode(), rows)
