"""The project as dbt parses it, for each platform of a shop."""

from __future__ import annotations

import json

import pytest

from comptoir.setting_types import SHOP_PLATFORMS
from tests.support.dbt_in_process import ParsedProject, parsed_project
from tests.support.dbt_nodes import Node, layer


@pytest.fixture(scope="module", params=SHOP_PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def parsed(platform: str) -> ParsedProject:
    return parsed_project(platform)


@pytest.fixture(scope="module")
def manifest(parsed: ParsedProject) -> Node:
    return json.loads(parsed.manifest_json)


@pytest.fixture(scope="module")
def models(manifest: Node) -> list[Node]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


@pytest.fixture(scope="module")
def marts(models: list[Node]) -> list[Node]:
    return [model for model in models if layer(model) == "marts"]
