"""Evaluations kept by model version, and whether a candidate may take the published model's place."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import psycopg

from streaming.evaluation import Evaluation, History, evaluate, read_history
from streaming.model import Model, load_published, publish_model

FEWEST_STEPS = 200  # below, chance decides: the candidate is taken
STANDARD_ERRORS = 2.0  # that a candidate may lie below the published model and still count as not worse


@dataclass(frozen=True)
class Contest:
    """A candidate and the published model, on the same steps."""

    candidate: Evaluation
    published: Evaluation

    @property
    def is_not_worse(self) -> bool:
        """HR and MRR of the home list within the noise of the published ones, or above."""
        steps = self.candidate.by_model["home"].steps
        if steps < FEWEST_STEPS or self.candidate.model_version == self.published.model_version:
            return True
        ours, theirs = self.candidate.metrics("home"), self.published.metrics("home")
        return all(
            ours[metric] >= theirs[metric] - STANDARD_ERRORS * sqrt(theirs[metric] * (1 - theirs[metric]) / steps)
            for metric in ("hit_rate", "mrr")
        )

    @property
    def message(self) -> str:
        """One sentence for a person."""
        ours, theirs = self.candidate.metrics("home"), self.published.metrics("home")
        compared = (
            f"model {self.candidate.model_version} has HR@20 {ours['hit_rate']:.3f} and MRR@20 {ours['mrr']:.3f}, "
            f"the published {self.published.model_version} has {theirs['hit_rate']:.3f} and {theirs['mrr']:.3f}, "
            f"on {self.candidate.by_model['home'].steps:,} steps of the last days"
        )
        if self.is_not_worse:
            return f"Not worse: {compared}."
        return f"Worse, so it is not published: {compared}. Fit the weights anew or publish nothing."


def hold_contest(database_url: str, candidate: Model) -> Contest:
    """Evaluate both on the shop's history and keep the results. Raises ValueError without a history."""
    with psycopg.connect(database_url) as connection:
        published = load_published(connection)
        history: History = read_history(database_url)
        ours = evaluate(history, candidate)
        theirs = ours if published.version == candidate.version else evaluate(history, published)
        for evaluation in {ours.model_version: ours, theirs.model_version: theirs}.values():
            _keep(connection, evaluation)
    return Contest(ours, theirs)


def publish(database_url: str, model: Model) -> None:
    """Let the model score from now on."""
    with psycopg.connect(database_url) as connection:
        publish_model(connection, model)


def _keep(connection: psycopg.Connection, evaluation: Evaluation) -> None:
    columns = ("hit_rate", "mrr", "ndcg", "coverage", "novelty")
    with connection.cursor() as cursor:
        cursor.executemany(
            f"""
            insert into ops.model_evaluations (model_version, slot, algorithm, steps_count, {", ".join(columns)})
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """.encode(),
            [
                (evaluation.model_version, slot, algorithm, score.steps, *score.metrics(evaluation.products).values())
                for algorithm, scores in (("model", evaluation.by_model), ("trending", evaluation.by_trending))
                for slot, score in scores.items()
            ],
        )
