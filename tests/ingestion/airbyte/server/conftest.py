"""A fake Airbyte server for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.fake_airbyte_server import FakeAirbyte, serving


@pytest.fixture
def airbyte() -> FakeAirbyte:
    return FakeAirbyte()


@pytest.fixture
def base_url(airbyte: FakeAirbyte) -> Iterator[str]:
    """The address at which `airbyte` answers."""
    with serving(airbyte) as url:
        yield url
