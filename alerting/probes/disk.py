"""Free space where the platform writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg

from alerting.condition import Condition, Severity
from alerting.metrics import DISK_FREE
from comptoir.settings import Settings

GIGABYTE = 1_000_000_000


def look_at_disks(settings: Settings, connection: psycopg.Connection | None = None) -> list[Condition]:
    """Each file system of ours with too little free space, once."""
    folders = {_existing(folder) for folder in (settings.data_dir, settings.archive_dir)}
    by_device = {folder.stat().st_dev: folder for folder in sorted(folders, reverse=True)}
    return [one for folder in by_device.values() for one in _look(folder, settings.disk_free_limit)]


def _look(folder: Path, limit: float) -> list[Condition]:
    usage = shutil.disk_usage(folder)
    share = usage.free / usage.total
    DISK_FREE.labels(str(folder)).set(share)
    if share >= limit:
        return []
    is_nearly_full = share < limit / 3
    cause = f"{share:.1%} of the disk of {folder} is free, {usage.free / GIGABYTE:,.1f} GB."
    return [
        Condition(
            # another key: what has become worse is told again
            key=f"disk{folder}{'/nearly-full' if is_nearly_full else ''}",
            title=f"the disk of {folder} is {'nearly full' if is_nearly_full else 'filling up'}",
            cause=f"{cause} Kafka and Postgres stop when nothing is left." if is_nearly_full else cause,
            severity=Severity.ERROR if is_nearly_full else Severity.WARNING,
        )
    ]


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
