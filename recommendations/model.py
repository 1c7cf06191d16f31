"""A recommendation model: a version and the weights that scoring.py uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from msgspec import json

from recommendations.catalogue import Floats
from recommendations.features import FEATURES
from recommendations.weights import WEIGHTS

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
