"""What goes wrong between browsers and the collector: some messages are repeated, changed, late or invalid."""

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
    """How many messages are affected, as shares of all."""

    repeated: float = 0.004  # sent again unchanged, seconds to hours later
    conflicting: float = 0.0001  # sent again with the same id and another payload
    late: float = 0.003  # kept for an hour to three days by a device without a network
    bad: float = 0.001  # followed by an invalid message


def with_noise(messages: Iterable[Message], seed: int, shares: Shares | None = None) -> Iterator[Message]:
    """The messages in the order of their arrival. None is lost: those still on a device at the end come last."""
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
        if rng.random() < shares.late:
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
    """The message as a client sends it that changes messages after it has sent them."""
    changed = deepcopy(message)
    changed["name"] = "changed after it was sent"
    return changed


def _spoiled(message: Message, rng: random.Random) -> Message:
    """A message with a new id that the event contract refuses, for one of five reasons."""
    spoiled = deepcopy(message)
    spoiled["messageId"] = message_id(rng)
    match rng.randrange(5):
        case 0:
            del spoiled["anonymousId"]
            spoiled.pop("userId", None)
        case 1:
            spoiled["originalTimestamp"] = "0001-01-01T00:00:00+14:00"
        case 2:
            spoiled["type"] = "purchase"
        case 3:
            spoiled["type"] = "track"
            spoiled.pop("event", None)
        case _:
            spoiled |= {"type": "track", "event": "Product Viewed"}
            spoiled["properties"] = {"product_id": "1", "price": "free"}
    return spoiled
