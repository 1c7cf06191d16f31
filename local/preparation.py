"""What stands before the processes start: data folder, secrets, ports, databases, and each process's environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from comptoir.database import apply_schema, dbt_env
from comptoir.environment import environment_without_secrets, secret_environment
from comptoir.logins import SECRETS, ProcessName
from comptoir.postgres_url import split_url, with_database, with_driver
from comptoir.repository import REPOSITORY
from comptoir.settings import Settings, data_dir, get_settings, settings_at_start
from local import backup, kafka, postgres
from local.dagster_database import give_to_dagster
from local.secrets_and_ports import ensure_secrets
from local.services import Service, services

DAGSTER_DATABASE = "dagster"


def environment(settings: Settings) -> dict[str, str]:
    """The environment of all processes: ours without a secret, and what Dagster and Spark read."""
    binaries = str(Path(sys.executable).parent)
    inherited = environment_without_secrets()
    return {
        **inherited,
        "PATH": f"{binaries}:{inherited.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "COMPTOIR_DATA_DIR": str(settings.data_dir),
        "COMPTOIR_HOST": settings.host,  # this and the next: orchestration/embedded_workspace.yaml
        "COMPTOIR_DAGSTER_CODE_PORT": str(settings.dagster_code_port),
        "DAGSTER_HOME": str(settings.data_dir / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_GRPC_TIMEOUT_SECONDS": "300",  # a busy small machine can take longer than the default minute
        "GX_ANALYTICS_ENABLED": "false",
        "SPARK_LOCAL_IP": settings.host,
    }


def own_environment(settings: Settings, process: ProcessName) -> dict[str, str]:
    """What one process is given beside `environment`: its own secrets and no other's."""
    given = secret_environment(settings, process)
    if "dagster_password" in SECRETS[process]:
        url = with_database(settings.database_url_as("dagster"), DAGSTER_DATABASE)
        # SQLAlchemy 2.1 takes psycopg 3 when the URL names no driver, and Dagster's SQL is for psycopg2
        given["COMPTOIR_DAGSTER_POSTGRES_URL"] = with_driver(url, "psycopg2")
    if "transformer_password" in SECRETS[process]:
        given |= dbt_env(settings)
    return given


def with_environments(settings: Settings) -> list[Service]:
    """Return the processes, each with its own environment. Stores have no secret of ours in theirs."""
    own: dict[str, dict[str, str]] = {name: own_environment(settings, name) for name in SECRETS}
    return [replace(service, environment=own.get(service.name, {})) for service in services(settings)]


def read_settings() -> Settings:
    """Return the settings at a start, with secrets made where there were none; from here on files are ours alone.

    Raises SettingsError with a sentence for each mistake.
    """
    os.umask(0o077)  # of all that is written from here on: clicks, orders and secrets are nobody else's to read
    ensure_secrets(data_dir())
    get_settings.cache_clear()
    return settings_at_start()


def prepare_folder(settings: Settings) -> None:
    """Make the data folder: empty stores where they are embedded, and Dagster's configuration; what is there stays."""
    if not settings.postgres_url:
        postgres.initialise(settings.data_dir / "postgres", settings.owner_password.get_secret_value())
        if settings.wal_archive:
            backup.make_archive_folder(settings.wal_archive)
    # the embedded server of root runs as another user, who must pass; no other sees what is in the folder
    passes = not settings.postgres_url and postgres.system_user()
    settings.data_dir.chmod(0o711 if passes else 0o700)
    if not settings.kafka_bootstrap:
        ports = settings.kafka_port, settings.kafka_controller_port
        kafka.initialise(settings.kafka_jars_dir, settings.data_dir / "kafka", settings.host, *ports)
    home = settings.data_dir / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(REPOSITORY / "orchestration" / "dagster.yaml", home / "dagster.yaml")


def prepare_database(settings: Settings) -> None:
    """Create the databases, or bring them to this version: schema, migrations, logins and their rights."""
    server = with_database(settings.database_url, "postgres")
    for name in (split_url(settings.database_url).database, DAGSTER_DATABASE):
        postgres.create_database(server, name)
    apply_schema(settings.database_url, settings.login_passwords)
    give_to_dagster(with_database(settings.database_url, DAGSTER_DATABASE))


def fail_orphaned_runs(settings: Settings) -> None:
    """Mark runs that the last stop interrupted as failed, in a process of its own: only `orchestration` knows Dagster.

    Raises RuntimeError when Dagster's storage cannot be opened.
    """
    given = environment(settings) | own_environment(settings, "dagster-daemon")
    recovery = [sys.executable, "-m", "orchestration.recovery"]
    finished = subprocess.run(recovery, env=given, cwd=REPOSITORY, capture_output=True, text=True)
    if finished.returncode:
        raise RuntimeError(f"Dagster's storage could not be opened: {finished.stderr.strip().splitlines()[-1]}")
