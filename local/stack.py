"""The embedded stack: up, down, status, clean. Data survives down and up."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from comptoir.repository import REPOSITORY
from comptoir.settings import Settings, data_dir, get_settings
from local.preparation import (
    environment,
    fail_orphaned_runs,
    prepare_database,
    prepare_folder,
    read_settings,
    with_environments,
)
from local.secrets_and_ports import ensure_free_ports
from local.services import STORES, Service, require_java, services
from local.supervision import Supervisor
from local.waiting import wait_until

WATCHER = "alerts"
STOP_ELSEWHERE = "`systemctl stop comptoir.target`, or `docker compose down`,"
Say = Callable[[str], None]
LAUNCHERS = (
    "dagster-webserver",
    "dagster-daemon",
)  # these start runs: interrupted ones are marked first


def up(say: Say) -> Settings:
    """Start everything and wait until it is ready; returns the settings in force (ports may have moved).

    Raises RuntimeError or FileNotFoundError with what to do when a process does not start, SettingsError for settings.
    """
    require_java()
    settings = read_settings()
    supervisor = Supervisor(settings.data_dir)
    was_down = not supervisor.is_running()
    if was_down:
        settings = _with_free_ports(settings, say)
    prepare_folder(settings)
    if was_down:
        supervisor.launch(with_environments(settings), REPOSITORY, environment(settings))
    wanted = [service for service in services(settings) if service.starts_with_stack]
    for service in wanted:
        if service.name in STORES:
            start(supervisor, service, say)
    prepare_database(settings)
    for service in wanted:
        if service.name not in (*LAUNCHERS, WATCHER):
            supervisor.start(service.name)  # all at once: each spends most of its start on imports
    if was_down:
        fail_orphaned_runs(settings)
    for name in LAUNCHERS:
        supervisor.start(name)
    for service in wanted:
        if service.name not in STORES:
            start(supervisor, service, say)
    return settings


def _with_free_ports(settings: Settings, say: Say) -> Settings:
    for name, (taken, chosen) in ensure_free_ports(settings).items():
        say(f"port {taken} is in use, so {name} is {chosen} (kept in ports.env)")
    return get_settings()


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


def runs_elsewhere(folder: Path) -> bool:
    """Whether a store of this data folder runs that `comptoir up` did not start: under systemd, or in a container."""
    if Supervisor(folder).is_running():
        return False
    theirs = {str(folder / "postgres"), str(folder / "kafka" / "server.properties")}  # arguments of their commands
    return any(theirs.intersection(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))


def require_stopped(folder: Path) -> None:
    """Raise RuntimeError when the platform of this data folder runs, with how to stop it."""
    if Supervisor(folder).is_running():
        raise RuntimeError("The platform runs: `comptoir down` first.")
    if runs_elsewhere(folder):
        raise RuntimeError(f"The platform runs, but not by `comptoir up`: {STOP_ELSEWHERE} first.")


def clean() -> None:
    """Stop everything and delete the data folder. What `make setup` fetched stays.

    Raises RuntimeError when it runs under systemd or in containers.
    """
    down()
    require_stopped(data_dir())
    shutil.rmtree(data_dir(), ignore_errors=True)
