"""Backups of the embedded Postgres, restored to any moment since: a base backup and the archived write-ahead log.

What Postgres itself brings does the work: https://www.postgresql.org/docs/18/continuous-archiving.html
"""

from __future__ import annotations

import hashlib
import json
import pwd
import shlex
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

from local.postgres import BINARIES, system_user

ARCHIVED_WITHIN = "60"  # seconds; what is lost with the disk was in Kafka and in the shop, and is read from there again


def archiving(wal_archive: Path) -> dict[str, str]:
    """Settings of a server that copies each segment of its write-ahead log to `wal_archive`, whole or not at all."""
    segment = f"{shlex.quote(str(wal_archive))}/%f"
    copy = f"test ! -f {segment} && cp %p {segment}.part && mv {segment}.part {segment}"
    return {"archive_mode": "on", "archive_command": copy, "archive_timeout": ARCHIVED_WITHIN}


def make_archive_folder(wal_archive: Path) -> None:
    """Create the folder, for nobody but the server's user: it holds every row that was written."""
    wal_archive.mkdir(mode=0o700, parents=True, exist_ok=True)
    _give_to_server(wal_archive)


def make_backup(server_url: str, folder: Path) -> None:
    """Copy the running server to `folder`, which must not exist, and verify every file of the copy.

    `server_url` needs a login that may replicate. Raises RuntimeError with what Postgres says.
    """
    if folder.exists():
        raise RuntimeError(f"{folder} exists: name a new folder for each backup")
    command = [str(BINARIES / "pg_basebackup"), "--dbname", server_url, "--pgdata", str(folder), "--no-password"]
    command += ["--checkpoint=fast", "--manifest-checksums=SHA256"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise RuntimeError(finished.stderr.strip())
    verify_backup(folder)


def verify_backup(folder: Path) -> None:
    """Compare every file with the backup's manifest; `pg_verifybackup` of the embedded server's package crashes.

    Raises RuntimeError when one is missing or another than was copied.
    https://www.postgresql.org/docs/18/backup-manifest-files.html
    """
    manifest = folder / "backup_manifest"
    if not manifest.exists():
        raise RuntimeError(f"{folder} holds no backup: it has no backup_manifest")
    for entry in json.loads(manifest.read_bytes())["Files"]:
        path = folder / entry["Path"]
        if not path.exists():
            raise RuntimeError(f"the backup is damaged: {path} is missing")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry["Checksum"]:
                raise RuntimeError(f"the backup is damaged: {path} is not what was copied")


def restore_backup(folder: Path, data_dir: Path, wal_archive: Path | None, until: datetime | None = None) -> None:
    """Make of a backup the data folder of a server, which recovers when it starts.

    It recovers `until` a moment, else to the end of `wal_archive`; without one to the end of the backup itself.
    Raises RuntimeError when the backup is none or damaged, or when `data_dir` holds a server.
    """
    if (data_dir / "PG_VERSION").exists():
        raise RuntimeError(f"{data_dir} holds a server: move it away, and restore again")
    if until and not wal_archive:
        raise RuntimeError("to restore a moment, the write-ahead log is needed: set COMPTOIR_WAL_ARCHIVE to its folder")
    verify_backup(folder)
    shutil.copytree(folder, data_dir, dirs_exist_ok=True)
    if wal_archive:
        _recover_from(wal_archive, until, data_dir)
    data_dir.chmod(0o700)
    for path in (data_dir, *data_dir.rglob("*")):
        _give_to_server(path)


def _recover_from(wal_archive: Path, until: datetime | None, data_dir: Path) -> None:
    settings = {"restore_command": f"cp {shlex.quote(str(wal_archive))}/%f %p", "recovery_target_action": "promote"}
    if until:
        settings["recovery_target_time"] = until.isoformat()
    with (data_dir / "postgresql.auto.conf").open("a") as configuration:
        configuration.writelines(
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()
        )
    (data_dir / "recovery.signal").touch()


def _give_to_server(path: Path) -> None:
    if user := system_user():
        account = pwd.getpwnam(user)
        shutil.chown(path, account.pw_uid, account.pw_gid)
