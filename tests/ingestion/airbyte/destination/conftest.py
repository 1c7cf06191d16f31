"""The destination on a fresh database."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from ingestion.airbyte.destination.writer import AirbyteDestination


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def destination(connection: psycopg.Connection) -> AirbyteDestination:
    return AirbyteDestination(connection)
