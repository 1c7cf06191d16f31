"""Price filters that fit what was found: a few bands between round numbers, whatever the currency."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

MOST_BANDS = 6
# 0, 1, 2.5, 5, 10, 25 … ten million: rupiahs and dinars have round numbers too
_STEPS = (0.0, *(base * 10.0**power for power in range(7) for base in (1, 2.5, 5)), 10.0**7)
PRICE_RANGES = [*({"from": low, "to": high} for low, high in pairwise(_STEPS)), {"from": _STEPS[-1]}]


def price_bands(buckets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most MOST_BANDS bands (`from`, `to`, `count`) of tantivy's buckets of PRICE_RANGES.

    Neighbours with the fewest products together are joined; `to` is None for the band without an end.
    """
    bands = [
        {"from": bucket["from"], "to": bucket.get("to"), "count": bucket["doc_count"]}
        for bucket in sorted(buckets, key=lambda bucket: bucket.get("from", -1.0))
        if bucket["doc_count"] and bucket.get("from") is not None
    ]
    while len(bands) > MOST_BANDS:
        first = min(range(len(bands) - 1), key=lambda place: bands[place]["count"] + bands[place + 1]["count"])
        low, high = bands[first : first + 2]
        bands[first : first + 2] = [{"from": low["from"], "to": high["to"], "count": low["count"] + high["count"]}]
    return bands
