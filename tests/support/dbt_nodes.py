"""Nodes of dbt's manifest, for tests of the project's conventions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

Node = dict[str, Any]


def layer(model: Node) -> str:
    return Path(model["path"]).parts[0]


def checks_on(manifest: Node, model: Node) -> list[Node]:
    nodes = manifest["nodes"].values()
    return [
        node for node in nodes if node["resource_type"] == "test" and node.get("attached_node") == model["unique_id"]
    ]
