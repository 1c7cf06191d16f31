"""What is recommended while Postgres is away: the shop's last trending list, which survives a restart."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

log = logging.getLogger(__name__)

KEPT_ITEMS = 50
REFRESH_SECONDS = 30.0
RETRY_SECONDS = 1.0  # after a failure Postgres is left alone so long: a request must not wait for what is known
PROBE_SECONDS = 5.0  # then one request asks it, alone for so long: more than the pool waits for a connection


class KeptList(msgspec.Struct):
    """A list of items and when it was read."""

    as_of: datetime
    items: list[dict[str, Any]]


class Fallback:
    """Keeps the newest trending list in memory and in a file, and remembers for a moment that Postgres is away."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept = self._read()
        self._kept_at = float("-inf")
        self._away_until = float("-inf")
        self._has_failed = False

    def may_ask(self) -> bool:
        """Whether this request may ask Postgres. After a failure one at a time does, and the others do without it.

        A request that asks while Postgres is away waits for its answer as long as the pool does.
        """
        now = time.monotonic()
        if now < self._away_until:
            return False
        if self._has_failed:
            self._away_until = now + PROBE_SECONDS
        return True

    @property
    def is_due(self) -> bool:
        """Whether the list should be read again, now that Postgres answers."""
        return time.monotonic() - self._kept_at > REFRESH_SECONDS

    def note_failure(self) -> None:
        """Postgres did not answer."""
        self._has_failed, self._away_until = True, time.monotonic() + RETRY_SECONDS

    def note_success(self) -> None:
        """Postgres answered."""
        self._has_failed, self._away_until = False, float("-inf")

    def keep(self, items: list[dict[str, Any]]) -> None:
        """Keep a trending list of the whole shop; an empty one is not kept."""
        self._kept_at = time.monotonic()
        if not items:
            return
        self._kept = KeptList(datetime.now(UTC), items)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new = self._file.with_suffix(".new")
            new.write_bytes(msgspec.json.encode(self._kept))
            new.replace(self._file)
        except OSError as error:  # a full disk must not cost the recommendations
            log.warning("The last trending list could not be written to %s: %s", self._file, error)

    def items(self, n: int, without: str | None = None, category: str = "") -> KeptList | None:
        """Up to `n` items of the kept list, ranked anew; None when none was ever kept."""
        if self._kept is None:
            return None
        chosen = [
            item
            for item in self._kept.items
            if item["product_id"] != without and (not category or item.get("category") == category)
        ]
        ranked = [item | {"rank": rank, "source": "trending"} for rank, item in enumerate(chosen[:n], start=1)]
        return KeptList(self._kept.as_of, ranked)

    def _read(self) -> KeptList | None:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=KeptList)
        except (OSError, msgspec.MsgspecError):
            return None
