"""A recommendation model: the weights of scoring.py, and a version that names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from msgspec import json

from recommendations.catalogue import Floats
from recommendations.features import FEATURES
from recommendations.weights import WEIGHTS

FAMILY = "covisit-2"  # names the formula of scoring.py and its features: a change of these is a new family


@dataclass(frozen=True, eq=False)
class Model:
    """A version and its weights, of shape (n_features, 4): rows as FEATURES, columns base, visit, known, again."""

    version: str
    weights: Floats

    def as_json(self) -> str:
        """The weights as a JSON object: feature -> [base, visit, known, again]."""
        return json.encode(dict(zip(FEATURES, self.weights.tolist(), strict=True))).decode()


def model_of(weights: Mapping[str, Sequence[float]]) -> Model:
    """The model with these weights (feature -> [base, visit, known, again]); its version is a digest of them.

    Raises ValueError when the features are not those of this code.
    """
    if set(weights) != set(FEATURES) or any(len(row) != 4 for row in weights.values()):
        raise ValueError("The weights are for other features than FEATURES in features.py: fit them again.")
    table = np.array([weights[name] for name in FEATURES], np.float64)
    return Model(f"{FAMILY}-{blake2b(table.tobytes(), digest_size=3).hexdigest()}", table)


# of the weights in weights.py: scores until another model is published, and is the candidate of every evaluation
BUILT_IN_MODEL = model_of(WEIGHTS)
