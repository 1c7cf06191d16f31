"""The definitions, loaded once."""

from __future__ import annotations

import dagster as dg
import pytest

from orchestration.definitions import defs


@pytest.fixture(scope="session")
def definitions() -> dg.Definitions:
    return defs()


@pytest.fixture(scope="session")
def graph(definitions: dg.Definitions) -> dg.AssetGraph:
    return definitions.resolve_asset_graph()
