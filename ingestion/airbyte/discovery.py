"""Which streams a connector offers, asked once for each connector and configuration."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from ingestion.airbyte.process import ConnectorError, ConnectorProcess
from ingestion.airbyte.protocol import Catalog, Stream
from ingestion.connectors.spec import ConnectorSpec

DISCOVER_SECONDS = 300.0


def discover(connector: ConnectorSpec, config: dict[str, Any], streams: list[str], work_dir: Path) -> dict[str, Stream]:
    """The streams the connector offers, by name.

    Asking takes seconds, so the answer is cached in `work_dir` until connector or configuration change, or one of
    `streams` is missing in it. Raises ConnectorError when the connector gives no catalog.
    """
    cache = work_dir / f"catalog-{_fingerprint(connector, config)}.json"
    if cache.exists():
        catalog = msgspec.json.decode(cache.read_bytes(), type=Catalog)
        known = {stream.name: stream for stream in catalog.streams}
        if known.keys() >= set(streams):
            return known
    process = ConnectorProcess(connector, "discover", {"config": config}, work_dir / "runs", DISCOVER_SECONDS)
    with process:
        catalogs = [message.catalog for message in process if message.catalog]
        if not catalogs:
            reason = process.error() or "it printed no catalog"
            raise ConnectorError(f"{connector.name} could not list its streams: {reason}")
    work_dir.mkdir(parents=True, exist_ok=True)
    cache.write_bytes(msgspec.json.encode(catalogs[0]))
    return {stream.name: stream for stream in catalogs[0].streams}


def _fingerprint(connector: ConnectorSpec, config: dict[str, Any]) -> str:
    if not connector.executable.exists():
        return "missing"
    installed_at = connector.executable.stat().st_mtime_ns  # an installation rewrites it
    described = json.dumps([str(connector.executable), installed_at, config])
    for secret in connector.secrets:  # a new token offers the same streams; if one is missing, we ask again
        described = described.replace(secret, "") if secret else described
    return hashlib.sha256(described.encode()).hexdigest()[:16]
