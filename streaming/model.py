"""Which weights score: the code's own, or those that were published after an evaluation (serving.models)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import psycopg
from msgspec import json

from streaming.catalogue import Floats
from streaming.features import FEATURES
from streaming.model_weights import WEIGHTS

log = logging.getLogger("streaming")

FAMILY = "covisit-2"  # the formula of scoring.py and the features it takes; a change of these is a new family


@dataclass(frozen=True, eq=False)
class Model:
    """`weights`: a row per name of FEATURES, with the columns base, visit, known and again of scoring.py."""

    version: str
    weights: Floats

    def as_json(self) -> str:
        return json.encode(dict(zip(FEATURES, self.weights.tolist(), strict=True))).decode()


def model_of(weights: Mapping[str, Sequence[float]]) -> Model:
    """A model whose version names its weights. Raises ValueError when they are for other features."""
    if set(weights) != set(FEATURES) or any(len(row) != 4 for row in weights.values()):
        raise ValueError("These weights are for other features than features.py has: fit them anew.")
    table = np.array([weights[name] for name in FEATURES], np.float64)
    return Model(f"{FAMILY}-{blake2b(table.tobytes(), digest_size=3).hexdigest()}", table)


CODE = model_of(WEIGHTS)


def load_published(connection: psycopg.Connection) -> Model:
    """The model published last, or the code's own where none was, or none that fits this code."""
    row = connection.execute("select weights from serving.models order by published_at desc limit 1").fetchone()
    if row is None:
        return CODE
    try:
        return model_of(row[0])
    except ValueError as error:
        log.warning("The published model is not used: %s", error)
        return CODE


def publish_model(connection: psycopg.Connection, model: Model) -> None:
    """Make it the one that scores; the stream takes it with its next look at the catalogue."""
    connection.execute(
        "insert into serving.models (model_version, weights) values (%s, %s)"
        " on conflict (model_version) do update set published_at = now()",
        [model.version, model.as_json()],
    )
