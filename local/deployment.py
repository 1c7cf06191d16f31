"""The platform under systemd or in containers: it starts with the machine, and each process again when it ends.

See docs/deploy.md.
"""

from __future__ import annotations

import os
from pathlib import Path

from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from local import preparation
from local.compose import write_compose
from local.services import STORES, Service, require_java, services
from local.supervision import Supervisor
from local.systemd import write_units
from local.waiting import wait_until

# of this shell's environment, what the processes need: settings, and where Java is
KEPT = ("COMPTOIR_", "DAGSTER_", "GX_", "SPARK_", "JAVA_HOME", "PATH", "PYTHONUNBUFFERED")


def write_systemd_units(folder: Path) -> list[Path]:
    """Make the data folder and write the units; returns their files. Again after settings or versions changed.

    Raises SettingsError with a sentence for each mistake, RuntimeError for root, and while `comptoir up` runs it all.
    """
    if os.geteuid() == 0:
        raise RuntimeError(
            "root's processes may do too much: do this as the user they shall run as, `sudo -iu comptoir …`."
        )
    settings, wanted, common = _prepared()
    return write_units(wanted, common, folder, settings.data_dir, _writable(settings))


def write_compose_file(folder: Path, image: str) -> list[Path]:
    """Make the data folder and write the compose file of `image`, in whose container this runs; returns the files.

    Raises SettingsError with a sentence for each mistake, RuntimeError while `comptoir up` runs it all.
    """
    settings, wanted, common = _prepared()
    kept = {"data": settings.data_dir, "archive": settings.archive, "wal": settings.wal_archive}
    volumes = [f"{name}:{path}" for name, path in kept.items() if path]
    return write_compose(wanted, common, folder, image, volumes)


def _prepared() -> tuple[Settings, list[Service], dict[str, str]]:
    """The settings, the processes with their secrets and the environment of all; the data folder is made."""
    require_java()
    settings = preparation.read_settings()
    if Supervisor(settings.data_dir).is_running():
        raise RuntimeError(
            "The platform runs under `comptoir up`: `comptoir down` first, two would fight for its data."
        )
    preparation.prepare_folder(settings)
    wanted = [service for service in preparation.with_environments(settings) if service.starts_with_stack]
    common = {name: value for name, value in preparation.environment(settings).items() if name.startswith(KEPT)}
    common["NUMBA_CACHE_DIR"] = str(settings.data_dir / "numba")  # the one of set-up may not be written
    return settings, wanted, common


def prepare_stores() -> None:
    """Wait for Postgres and Kafka, bring the database to this version, and mark interrupted runs as failed.

    Raises TimeoutError when a store does not answer, RuntimeError when Dagster's storage cannot be opened.
    """
    settings = preparation.read_settings()
    for service in services(settings):
        if service.name in STORES:
            wait_until(service.ready, service.name, service.ready_within)
    preparation.prepare_database(settings)
    preparation.fail_orphaned_runs(settings)


def _writable(settings: Settings) -> list[Path]:
    parsed = REPOSITORY / "dbt_project"  # dbt writes its target there, and parses anew after an upgrade
    folders = [settings.data_dir, parsed, *filter(None, (settings.archive, settings.wal_archive))]
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # systemd refuses a unit whose folder is not there
    return folders
