"""The disk of Postgres is gone: restored from backup and archived log, the lander goes on, nothing lost or doubled.

By `comptoir backup make` and `restore`, as docs/backup.md says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from benchmarks.support.events import wire
from benchmarks.support.kafka_records import produce
from benchmarks.support.servers import stopped_at_exit
from cli.app import app
from comptoir.database import apply_schema
from comptoir.logins import LOGINS
from comptoir.settings import get_settings
from ingestion.clickstream.landing import land
from local import backup, postgres
from local.waiting import wait_until
from tests.support.landing import assert_no_gap, contents, rows

pytestmark = pytest.mark.services

PASSWORD = "restored"
PART = 300  # events


@contextmanager
def server(data_dir: Path, port: int, **options: str) -> Iterator[str]:
    """A server on `data_dir`, and the URL of its database `postgres`. It is killed, not stopped."""
    url = f"postgresql://{postgres.SUPERUSER}:{PASSWORD}@127.0.0.1:{port}/postgres"
    command = postgres.command(data_dir, "127.0.0.1", port, **options)
    with stopped_at_exit(command, data_dir.parent / f"{port}.log", user=postgres.system_user()) as process:
        wait_until(lambda: _require_writable(url), "Postgres", seconds=180)
        yield url
        process.kill()


def _require_writable(url: str) -> None:
    """A server that recovers answers questions before it takes rows."""
    with psycopg.connect(url, connect_timeout=2) as connection:
        assert connection.execute("select not pg_is_in_recovery()").fetchone() == (True,)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For data folders; the server's user must reach them."""
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    return tmp_path


def part(number: int) -> list[bytes | None]:
    return [wire(messageId=f"m{number}-{n}", anonymousId=f"v{n % 20}") for n in range(PART)]


@pytest.mark.parametrize("is_point_in_time", [True, False], ids=["a moment", "the newest"])
def test_restored_elsewhere_the_platform_goes_on(
    is_point_in_time: bool,
    kafka: str,
    topics: tuple[str, str],
    folder: Path,
    free_port: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clicks, wal_archive, data = topics[0], folder / "wal", folder / "data"
    data.mkdir(mode=0o755)
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(data))
    monkeypatch.setenv("COMPTOIR_WAL_ARCHIVE", str(wal_archive))
    postgres.initialise(folder / "old", PASSWORD)
    backup.make_archive_folder(wal_archive)
    with server(folder / "old", free_port(), **backup.archiving(wal_archive)) as url:
        apply_schema(url, dict.fromkeys(LOGINS, "unused"))
        produce(kafka, clicks, part(1))
        land(kafka, url, [clicks])
        monkeypatch.setenv("COMPTOIR_POSTGRES_URL", url)
        assert "every file verified" in comptoir("backup", "make", str(folder / "backup"))
        monkeypatch.delenv("COMPTOIR_POSTGRES_URL")
        produce(kafka, clicks, part(2))
        land(kafka, url, [clicks])
        moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)  # the command takes whole seconds
        wait_until(lambda: _require_past(moment), "the moment", seconds=10)
        if not is_point_in_time:
            archive(url)
        produce(kafka, clicks, part(3))
        land(kafka, url, [clicks])
        if is_point_in_time:
            archive(url)
        before = contents(url)

    until = ["--until", f"{moment:%Y-%m-%dT%H:%M:%S%z}"] if is_point_in_time else []
    assert "restored" in comptoir("backup", "restore", str(folder / "backup"), *until)
    with server(data / "postgres", free_port()) as url:
        [(restored,)] = rows(url, "select count(*) from raw_clickstream.events")
        assert restored == 2 * PART, "the last part came after the moment, or was on the lost disk alone"
        land(kafka, url, [clicks])
        assert_no_gap(url, clicks)
        assert contents(url) == before


def comptoir(*arguments: str) -> str:
    """What the command prints; it succeeds."""
    get_settings.cache_clear()
    try:
        result = CliRunner().invoke(app, list(arguments))
    finally:
        get_settings.cache_clear()
    assert result.exit_code == 0, result.output
    return result.output


def _require_past(moment: datetime) -> None:
    assert datetime.now(UTC) > moment


def archive(url: str) -> None:
    """End the segment of the write-ahead log, and wait until it is in the archive."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_switch_wal()")
        wait_until(lambda: _require_archived(connection), "the archived log", seconds=60)


def _require_archived(connection: psycopg.Connection) -> None:
    [(written, archived)] = connection.execute(
        "select pg_walfile_name(pg_current_wal_lsn()), last_archived_wal from pg_stat_archiver"
    ).fetchall()
    assert int(archived, 16) == int(written, 16) - 1


def test_what_cannot_be_restored_is_said(folder: Path, free_port: Callable[[], int]) -> None:
    postgres.initialise(folder / "old", PASSWORD)
    with server(folder / "old", free_port()) as url:
        backup.make_backup(url, folder / "backup")
        with pytest.raises(RuntimeError, match="name a new folder for each backup"):
            backup.make_backup(url, folder / "backup")
    with pytest.raises(RuntimeError, match="holds a server: move it away"):
        backup.restore_backup(folder / "backup", folder / "old", None)
    with pytest.raises(RuntimeError, match="set COMPTOIR_WAL_ARCHIVE"):
        backup.restore_backup(folder / "backup", folder / "new", None, datetime.now(UTC))
    (folder / "backup" / "global" / "1262").write_bytes(b"")
    with pytest.raises(RuntimeError, match="1262"):
        backup.restore_backup(folder / "backup", folder / "new", None)
    assert not (folder / "new").exists()
