"""The source configuration that RudderStack's JavaScript SDK asks for before it sends: no destinations, no statistics.

Source: RudderStack's documentation of self-hosted source configurations.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import json


@lru_cache
def source_config(write_key: str) -> bytes:
    """The answer to GET /sourceConfig as JSON. The key is public: browsers send it with every event."""
    silent = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
    source = {
        "id": "comptoir",
        "name": "comptoir",
        "writeKey": write_key,
        "enabled": True,
        "workspaceId": "comptoir",
        "config": {"statsCollection": silent},
        "destinations": [],
        "dataplanes": {},
    }
    return json.encode({"source": source, "updatedAt": "2026-11-01T00:00:00.000Z"})
