"""Two syncs into one schema at once."""

from __future__ import annotations

import pytest

from ingestion.airbyte import lock
from ingestion.sync_report import IngestionError

pytestmark = pytest.mark.services


def test_two_syncs_into_one_schema_exclude_each_other(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LOCK_SECONDS", 1)
    with lock.sync_lock(database, "raw_shop"):
        with lock.sync_lock(database, "raw_other"):
            pass
        with (
            pytest.raises(IngestionError, match="another sync into raw_shop is running"),
            lock.sync_lock(database, "raw_shop"),
        ):
            pass
    with lock.sync_lock(database, "raw_shop"):
        pass
