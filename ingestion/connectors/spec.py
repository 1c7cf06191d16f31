"""What each connector is and needs: its executable, its configuration, the streams we read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ConnectorSpec:
    """An Airbyte source as a program: `executable spec|check|discover|read`.

    `environment` is added to the process' own (proxy, certificates). `secrets` are masked in every message.
    Warnings that contain one of `expected` say nothing new and are logged as debug.
    """

    name: str
    executable: Path
    environment: dict[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A connector with its configuration and the streams to read, in this order.

    `has_new_secrets`: those in the configuration are of today, so an Airbyte server must be told them each time.
    """

    connector: ConnectorSpec
    config: dict[str, Any]
    streams: tuple[str, ...]
    look_back: timedelta = timedelta()
    has_new_secrets: bool = False
