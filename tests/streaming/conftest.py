"""Streams without Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.streams import Stream


@pytest.fixture
def open_stream(make_database: Callable[[], str]) -> Iterator[Callable[[], Stream]]:
    """Makes a stream with a fresh database."""
    opened: list[Stream] = []

    def make() -> Stream:
        opened.append(Stream(make_database()))
        return opened[-1]

    yield make
    for stream in opened:
        stream.connection.close()


@pytest.fixture
def stream(open_stream: Callable[[], Stream]) -> Stream:
    """A stream with a fresh database."""
    return open_stream()
