"""A sensor that looks every minute writes what it saw when that has changed, and now and then otherwise.

Dagster keeps events that no run wrote for ever: five a minute are a gigabyte or two a year.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dagster as dg

REPEAT_SECONDS = 900

Events = Sequence[dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation]


def only_changes(events: Events, verdicts: Any, cursor: str | None, now: datetime) -> dg.SensorResult:
    """`events` when `verdicts` (values of JSON) are not those of the cursor, or when it is old; else a skipped tick."""
    before = json.loads(cursor) if cursor else {"at": 0.0, "verdicts": None}
    if before["verdicts"] == verdicts and now.timestamp() - before["at"] < REPEAT_SECONDS:
        return dg.SensorResult(skip_reason="Nothing has changed.")
    return dg.SensorResult(asset_events=list(events), cursor=json.dumps({"at": now.timestamp(), "verdicts": verdicts}))
