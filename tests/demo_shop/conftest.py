"""A store filled with the small shop, for all tests of the demo shop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.support.small_shop import fill
from demo_shop.store.store import STORE_FILE, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / STORE_FILE)
    fill(store)
    yield store
    store.close()
