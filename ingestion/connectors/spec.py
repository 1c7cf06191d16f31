"""What a connector is and needs: its executable, its configuration, the streams we read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from ingestion.forgotten_customers import Persons
from ingestion.projection import Kept

MANIFEST_OPTION = "__injected_declarative_manifest"  # where Airbyte's declarative runner looks for its manifest


@dataclass(frozen=True)
class ConnectorSpec:
    """An Airbyte source as a program: `executable spec|check|discover|read`.

    `environment` is added to our own (proxy, certificates). `secrets` are masked in every message. Warnings that
    contain one of the texts in `expected` are logged as debug.
    """

    name: str
    executable: Path
    environment: dict[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A connector with its configuration and the streams to read, in this order.

    `look_back`: how far behind the saved state each read begins. `has_new_secrets`: the secrets in the configuration
    are valid for a day, so an Airbyte server must get them before each job. `kept`: the properties that are stored, by
    stream; of a stream that is not named all are. `unread`: streams read before and no longer, whose rows go.
    `persons`: where records name their customer. `whole_streams`: streams whose first read has the options
    `whole_config` instead, because they must be read whole whatever the first day of the others.
    """

    connector: ConnectorSpec
    config: dict[str, Any]
    streams: tuple[str, ...]
    look_back: timedelta = timedelta()
    has_new_secrets: bool = False
    kept: Mapping[str, Kept] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    persons: Persons = field(default_factory=dict)
    whole_streams: frozenset[str] = frozenset()
    whole_config: dict[str, Any] = field(default_factory=dict)
