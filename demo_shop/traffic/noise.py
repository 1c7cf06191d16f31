"""What goes wrong between browsers and the collector, in small shares: repeats, conflicts, latecomers, nonsense."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo_shop.traffic.messages import Message, iso, message_id


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of all messages."""

    repeated: float = 0.004  # sent again, seconds to hours later, the same to the byte
    conflicting: float = 0.0001  # the same id again with another payload
    late: float = 0.003  # kept on a device without a network, for an hour to three days
    bad: float = 0.001  # extra messages that are no events


def as_in_life(messages: Iterable[Message], seed: int, shares: Shares | None = None) -> Iterator[Message]:
    """The messages in the order in which they arrive. Nothing is lost: late ones come in the end at the latest."""
    shares = shares or Shares()
    rng = random.Random(f"noise {seed}")
    held: list[tuple[str, int, Message]] = []
    number = itertools.count()

    def hold(message: Message, seconds: float) -> None:
        at = datetime.fromisoformat(message["originalTimestamp"]) + timedelta(seconds=seconds)
        heapq.heappush(held, (iso(at), next(number), message))

    for message in messages:
        while held and held[0][0] <= message["originalTimestamp"]:
            yield heapq.heappop(held)[2]
        lot = rng.random()
        if lot < shares.late:
            hold(message, rng.uniform(3600, 3 * 86400))
            continue
        yield message
        if rng.random() < shares.repeated:
            hold(message, rng.choice((1, 5, 60, 7200)))
        if rng.random() < shares.conflicting:
            hold(_conflicting(message), 30)
        if rng.random() < shares.bad:
            yield _spoiled(message, rng)
    while held:
        yield heapq.heappop(held)[2]


def _conflicting(message: Message) -> Message:
    """As from a client that changes a message after it was sent."""
    changed = deepcopy(message)
    changed["properties"]["title"] = "changed after it was sent"
    return changed


def _spoiled(message: Message, rng: random.Random) -> Message:
    """A message with an id of its own that the event contract refuses, each time for another reason."""
    spoiled = deepcopy(message)
    spoiled["messageId"] = message_id(rng)
    match rng.randrange(5):
        case 0:
            del spoiled["anonymousId"]
            spoiled.pop("userId", None)
        case 1:
            spoiled["originalTimestamp"] = "yesterday"
        case 2:
            spoiled["type"] = "purchase"
        case 3:
            spoiled["type"] = "track"
            spoiled.pop("event", None)
        case _:
            spoiled |= {"type": "track", "event": "Product Viewed"}
            spoiled["properties"] = {"product_id": "1", "price": "free"}
    return spoiled
