"""What Spark's workers need to count: the driver sends it with each task."""

from __future__ import annotations

from dataclasses import dataclass

from streaming.state import StreamName


@dataclass(frozen=True)
class CounterConfig:
    """What a counter needs; Spark sends it to the workers."""

    database_url: str
    name: StreamName
    consumables: tuple[str, ...] = ()  # categories, see ShopMemory
    suppression_key: str = ""  # of the list of who was erased; empty: nobody is asked for
