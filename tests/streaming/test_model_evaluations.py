"""A candidate compared with the published model, on a history in Postgres."""

from __future__ import annotations

import random

import numpy as np
import psycopg
import pytest

from benchmarks.support.clicks import random_events
from recommendations.features import FEATURES
from recommendations.model import BUILT_IN_MODEL, Model, model_of
from recommendations.weights import WEIGHTS
from streaming.batch import apply_batch
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory
from streaming.model_evaluations import compare_with_published, publish
from streaming.published_model import load_published
from streaming.state import StreamName

pytestmark = pytest.mark.services


def upside_down() -> Model:
    return model_of({name: [-weight for weight in row] for name, row in WEIGHTS.items()})


@pytest.fixture
def shop(database: str) -> str:
    """Three weeks of visits, counted."""
    rows = [BatchRow(0, offset, event) for offset, event in enumerate(random_events(random.Random(4), sessions=400))]
    with psycopg.connect(database, autocommit=True) as connection:
        apply_batch(connection, ShopMemory(connection), StreamName("test", "clicks"), rows)
    return database


def published(database: str) -> str:
    with psycopg.connect(database) as connection:
        return load_published(connection).version


def test_the_codes_own_weights_score_until_others_are_published(shop: str) -> None:
    assert published(shop) == BUILT_IN_MODEL.version
    comparison = compare_with_published(shop, BUILT_IN_MODEL)
    assert comparison.is_not_worse and comparison.message.startswith("Not worse")
    with psycopg.connect(shop) as connection:
        kept = connection.execute("select slot, algorithm, steps_count from ops.model_evaluations").fetchall()
    assert {(slot, algorithm) for slot, algorithm, _ in kept} == {
        (slot, algorithm) for slot in ("home", "product", "cart") for algorithm in ("model", "trending")
    }


def test_a_worse_model_is_told_apart_and_a_better_one_takes_its_place(shop: str) -> None:
    worse = upside_down()
    comparison = compare_with_published(shop, worse)
    assert not comparison.is_not_worse
    assert comparison.message.startswith("Worse, so it is not published") and worse.version in comparison.message
    publish(shop, worse)
    assert published(shop) == worse.version
    assert compare_with_published(shop, BUILT_IN_MODEL).is_not_worse
    publish(shop, BUILT_IN_MODEL)
    assert published(shop) == BUILT_IN_MODEL.version


def test_the_stream_scores_with_the_published_model(shop: str) -> None:
    publish(shop, upside_down())
    with psycopg.connect(shop, autocommit=True) as connection:
        memory = ShopMemory(connection)
        assert np.array_equal(memory.model.weights, -BUILT_IN_MODEL.weights)
        row = BatchRow(0, 1_000_000, random_events(random.Random(9), sessions=1)[0]._replace(event_id="new"))
        apply_batch(connection, memory, StreamName("test", "clicks"), [row])
        versions = connection.execute(
            "select distinct model_version from serving.recommendations where visitor_id = %s", [row.event.visitor_id]
        ).fetchall()
    assert versions == [(upside_down().version,)]


def test_weights_for_other_features_are_not_used(shop: str, caplog: pytest.LogCaptureFixture) -> None:
    with psycopg.connect(shop) as connection:
        connection.execute("""insert into serving.models values ('old', '{"popular": [1, 2, 3, 4]}')""")
    assert published(shop) == BUILT_IN_MODEL.version
    assert "fit them again" in caplog.text
    assert BUILT_IN_MODEL.weights.shape == (len(FEATURES), 4)
