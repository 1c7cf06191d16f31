"""Refused records that name somebody who was erased: no field of them can be read, so each word is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import psycopg
from kafka.consumer.fetcher import ConsumerRecord

from events.rejection import Rejected
from ingestion.clickstream.records import Position, position_of
from privacy.suppression import suppression

# an id as the collector takes it (collector/identity.py), and the parts of one that stands in an address or a list
WORDS = (re.compile(rb"[A-Za-z0-9._:|=~+/-]{1,255}"), re.compile(rb"[A-Za-z0-9._~+-]{1,255}"))


def naming_erased(cursor: psycopg.Cursor, bad: Sequence[tuple[ConsumerRecord, Rejected]]) -> set[Position]:
    """The positions of records whose bytes name an erased person, whenever they came.

    Such bytes have no time that could be believed, and serve nothing but to mend an event. Raises psycopg.Error.
    """
    erased = suppression()
    if not erased.is_used(cursor.connection):
        return set()
    words = {position_of(record): set(_words(record.value or b"")) for record, _ in bad}
    every = set().union(*words.values())
    known = {
        *erased.known(cursor.connection, "visitor", every),
        *erased.known(cursor.connection, "customer", (word for word in every if word.isdigit())),
    }
    return {position for position, some in words.items() if not known.isdisjoint(some)}


def _words(content: bytes) -> Iterable[str]:
    return (word.decode() for pattern in WORDS for word in pattern.findall(content))
