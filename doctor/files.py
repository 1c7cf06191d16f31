"""Files and folders: who may read them, whether the disk has space, the search index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alerting.condition import Severity
from alerting.probes.disk import look_at_disks
from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from doctor.finding import Finding, blocks, fine, warns

PRIVATE_FILES = ("secrets.env", "ports.env")


def examine_files(settings: Settings, repository: Path = REPOSITORY) -> Iterator[Finding]:
    """The data folder's permissions, free space, and the search index."""
    yield from _permissions(settings.data_dir, repository)
    full = look_at_disks(settings)
    for condition in full:
        remedy = "free space, or move COMPTOIR_DATA_DIR or COMPTOIR_ARCHIVE"
        make = blocks if condition.severity is Severity.ERROR else warns
        yield make("disk", condition.cause, remedy)
    if not full:
        yield fine("disk", f"enough of the disk of {settings.data_dir} is free.")
    yield _search_index(settings)


def _permissions(data_dir: Path, repository: Path) -> Iterator[Finding]:
    if not data_dir.exists():
        yield warns("files", f"the data folder {data_dir} does not exist yet.", "`comptoir up` creates it")
        return
    open_files = [
        (path, wanted)
        for path, wanted in [
            (data_dir, 0o700),
            *((data_dir / name, 0o600) for name in PRIVATE_FILES),
            (repository / ".env", 0o600),
        ]
        if path.exists() and path.stat().st_mode & 0o077 & ~_needed(path, data_dir)
    ]
    for path, wanted in open_files:
        yield warns("files", f"others on this machine may read {path}.", f"chmod {wanted:o} {path}")
    if not open_files:
        yield fine("files", f"only their owner reads the secrets in {data_dir}.")


def _needed(path: Path, data_dir: Path) -> int:
    """Run by root, the embedded Postgres is another user, who must pass through the data folder."""
    return 0o055 if path == data_dir and (data_dir / "postgres").exists() else 0


def _search_index(settings: Settings) -> Finding:
    if settings.search_index_dir.exists() and any(settings.search_index_dir.iterdir()):
        return fine("search", "there is a search index.")
    sentence = f"there is no search index in {settings.search_index_dir}: GET /v1/search answers 503."
    return warns("search", sentence, "run the daily job (`comptoir run daily`), or `comptoir search index`")
