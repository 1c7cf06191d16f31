"""The embedded stack: up, down, status, clean. Data survives down and up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
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
from local.secrets_and_ports import ensure_free_ports, ensure_secrets
from local.services import Service, require_java, services
from local.supervision import Supervisor
from local.waiting import wait_until

WATCHER = "alerts"
Say = Callable[[str], None]
DAGSTER_DATABASE = "dagster"
STORES = ("postgres", "kafka")  # all other processes need these
LAUNCHERS = (
    "dagster-webserver",
    "dagster-daemon",
)  # these start runs: interrupted ones are marked first


def up(say: Say) -> Settings:
    """Start everything and wait until it is ready; returns the settings in force (ports may have moved).

    Raises RuntimeError or FileNotFoundError with what to do when a process does not start, SettingsError for settings.
    """
    require_java()
    settings = _prepare(say)
    supervisor = Supervisor(settings.data_dir)
    was_down = not supervisor.is_running()
    if was_down:
        supervisor.launch(_with_environments(settings), REPOSITORY, environment(settings))
    wanted = [service for service in services(settings) if service.starts_with_stack]
    for service in wanted:
        if service.name in STORES:
            start(supervisor, service, say)
    _prepare_database(settings)
    for service in wanted:
        if service.name not in (*LAUNCHERS, WATCHER):
            supervisor.start(service.name)  # all at once: each spends most of its start on imports
    if was_down:
        _fail_orphaned_runs(settings)
    for name in LAUNCHERS:
        supervisor.start(name)
    for service in wanted:
        if service.name not in STORES:
            start(supervisor, service, say)
    return settings


def start(supervisor: Supervisor, service: Service, say: Say) -> None:
    """Start one process and wait until it is ready. Raises RuntimeError with the end of its log when it is not."""
    begun = time.monotonic()
    supervisor.start(service.name)
    try:
        wait_until(service.ready, service.name, service.ready_within)
    except TimeoutError as error:
        log = supervisor.data_dir / "logs" / f"{service.name}.log"
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(no log)"
        raise RuntimeError(f"{error}\nThe end of {log}:\n{tail}") from error
    say(f"{service.name:<18} ready in {time.monotonic() - begun:4.1f} s   {service.url}")


def start_one(name: str, say: Say) -> None:
    """Start one process of the running stack. Raises RuntimeError when there is none of this name, or it fails."""
    supervisor, service = _running(name)
    start(supervisor, service, say)


def stop_one(name: str) -> None:
    """Stop one process until it is started again; the others go on. Raises RuntimeError when there is none."""
    supervisor, service = _running(name)
    supervisor.stop(service.name)


def _running(name: str) -> tuple[Supervisor, Service]:
    settings = get_settings()
    supervisor = Supervisor(settings.data_dir)
    if not supervisor.is_running():
        raise RuntimeError("Nothing runs: `comptoir up` starts the platform.")
    known = {service.name: service for service in services(settings)}
    if name not in known:
        raise RuntimeError(f"There is no process {name}: there are {', '.join(known)}.")
    return supervisor, known[name]


def down() -> bool:
    """Stop everything; False when nothing ran. TimeoutError when a process does not end."""
    supervisor = Supervisor(data_dir())
    if not supervisor.is_running():
        return False
    supervisor.shut_down(last=STORES)
    return True


def status() -> list[tuple[str, str, str]]:
    """(name, state with pid and uptime, address) of each process; empty when the stack is down."""
    settings = get_settings()
    supervisor = Supervisor(settings.data_dir)
    if not supervisor.is_running():
        return []
    states = supervisor.states()
    return [
        (
            service.name,
            f"{states[service.name]['statename']} {states[service.name]['description']}",
            service.url,
        )
        for service in services(settings)
        if service.name in states
    ]


def clean() -> None:
    """Stop everything and delete the data folder. What `make setup` fetched stays."""
    down()
    shutil.rmtree(data_dir(), ignore_errors=True)


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


def _with_environments(settings: Settings) -> list[Service]:
    """The processes, each with its own environment. Stores have no secret of ours in theirs."""
    own: dict[str, dict[str, str]] = {name: own_environment(settings, name) for name in SECRETS}
    return [replace(service, environment=own.get(service.name, {})) for service in services(settings)]


def _prepare(say: Say) -> Settings:
    os.umask(0o077)  # of all that is written from here on: clicks, orders and secrets are nobody else's to read
    ensure_secrets(data_dir())
    get_settings.cache_clear()
    settings = settings_at_start()
    if not Supervisor(settings.data_dir).is_running():
        for name, (taken, chosen) in ensure_free_ports(settings).items():
            say(f"port {taken} is in use, so {name} is {chosen} (kept in ports.env)")
    settings = get_settings()  # with the ports chosen now
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
    return settings


def _prepare_database(settings: Settings) -> None:
    server = with_database(settings.database_url, "postgres")
    for name in (split_url(settings.database_url).database, DAGSTER_DATABASE):
        postgres.create_database(server, name)
    apply_schema(settings.database_url, settings.login_passwords)
    give_to_dagster(with_database(settings.database_url, DAGSTER_DATABASE))


def _fail_orphaned_runs(settings: Settings) -> None:
    """In a process of its own, because only `orchestration` knows Dagster."""
    given = environment(settings) | own_environment(settings, "dagster-daemon")
    recovery = [sys.executable, "-m", "orchestration.recovery"]
    finished = subprocess.run(recovery, env=given, cwd=REPOSITORY, capture_output=True, text=True)
    if finished.returncode:
        raise RuntimeError(f"Dagster's storage could not be opened: {finished.stderr.strip().splitlines()[-1]}")
