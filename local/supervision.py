"""Keeping the processes alive with `supervisor`: its configuration, and calls of its XML-RPC interface.

No program starts by itself: the stack starts each when those before it are ready. From then on supervisor restarts
every one that ends.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from shlex import join, quote
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from local.services import Service
from local.waiting import wait_until

ENDS_ITS_CHILDREN = (
    "postgres",
    "stream",
)  # the others' are ended with them; Spark's JVM must live until the last batch

HEAD = """\
[supervisord]
logfile={data_dir}/logs/supervisord.log
pidfile={data_dir}/supervisord.pid
childlogdir={data_dir}/logs
nodaemon=false
umask=077
{user}
[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

PROGRAM = """
[program:{name}]
command={command}
priority={priority}
directory={directory}
autostart=false
autorestart=true
startsecs=1
startretries=10
stopwaitsecs=20
stopasgroup={as_group}
killasgroup=true
stopsignal={stop_signal}
redirect_stderr=true
stdout_logfile={data_dir}/logs/{name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
{extra}
"""


class Supervisor:
    """One supervisord for one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        # a UNIX socket's path may have 107 characters at the most, so it cannot live in a deep data folder
        name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
        self.socket = Path(tempfile.gettempdir()) / f"comptoir-{name}.sock"

    @property
    def rpc(self) -> Any:
        """supervisor's XML-RPC interface; calls raise OSError while it is not running."""
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def is_running(self) -> bool:
        """Whether supervisord itself runs."""
        try:
            return bool(self.rpc.getState()["statename"] == "RUNNING")
        except OSError:
            return False

    def launch(self, services: list[Service], directory: Path, environment: Mapping[str, str]) -> None:
        """Start supervisord, with none of its programs running yet. Raises TimeoutError when it does not start."""
        (self.data_dir / "logs").mkdir(parents=True, exist_ok=True)
        for service in services:
            self.give_environment(service)
        configuration = self.data_dir / "supervisord.conf"
        configuration.write_text(self._configuration(services, directory))
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
        subprocess.run(command, check=True, env=dict(environment), cwd=directory, capture_output=True, timeout=60)
        wait_until(self.rpc.getState, "supervisor", seconds=30)

    def give_environment(self, service: Service) -> None:
        """Write what the process alone is told; it reads it when it starts."""
        if service.environment:
            write_environment(self._environment_file(service), service.environment)

    def start(self, name: str) -> None:
        """Start a program, unless it runs. Raises RuntimeError when supervisor cannot start it."""
        try:
            self.rpc.startProcess(name, False)
        except Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise RuntimeError(f"{name} could not be started: {fault.faultString}") from fault

    def stop(self, name: str, wait: bool = True) -> None:
        """Stop a program, if it runs."""
        try:
            self.rpc.stopProcess(name, wait)
        except Fault as fault:
            if "NOT_RUNNING" not in fault.faultString:
                raise

    def states(self) -> dict[str, dict[str, Any]]:
        """supervisor's view of each program: statename, pid, description, logfile."""
        return {info["name"]: info for info in self.rpc.getAllProcessInfo()}

    def shut_down(self, last: Collection[str] = ()) -> None:
        """Stop all programs at once except `last`, then those and supervisord; returns when it has ended.

        Raises TimeoutError when a process does not end.
        """
        pid = self.rpc.getPID()
        others = [name for name in self.states() if name not in last]
        for name in others:
            self.stop(name, wait=False)
        wait_until(lambda: self._require_stopped(others), "the end of the processes", seconds=60)
        self.rpc.shutdown()
        wait_until(lambda: _gone(pid), "the end of the stack", seconds=90)

    def _require_stopped(self, names: Collection[str]) -> None:
        alive = [name for name, state in self.states().items() if name in names and state["pid"]]
        if alive:
            raise TimeoutError(f"still running: {', '.join(alive)}")

    def _configuration(self, services: list[Service], directory: Path) -> str:
        user = "user=root" if os.geteuid() == 0 else ""  # without it supervisor warns at every start
        head = HEAD.format(data_dir=self.data_dir, socket=self.socket, user=user)
        return head + "".join(self._program(service, place, directory) for place, service in enumerate(services))

    def _environment_file(self, service: Service) -> Path:
        return self.data_dir / "environments" / f"{service.name}.env"

    def _command(self, service: Service) -> list[str]:
        """The command, behind a shell that gives it its environment: supervisor cannot quote every value."""
        if not service.environment:
            return service.command
        give_and_become = 'set -a && . "$0" && set +a && exec "$@"'
        return ["/bin/sh", "-c", give_and_become, str(self._environment_file(service)), *service.command]

    def _program(self, service: Service, place: int, directory: Path) -> str:
        extra = [f"user={service.user}"] if service.user else []
        is_postgres = service.name == "postgres"
        return PROGRAM.format(
            name=service.name,
            command=_escaped(join(self._command(service))),
            priority=place,  # stopped in reverse order: the stores after the processes that write to them
            directory=directory if not service.user else "/",
            data_dir=self.data_dir,
            as_group=str(service.name not in ENDS_ITS_CHILDREN).lower(),
            stop_signal="INT" if is_postgres else "TERM",  # INT: without waiting for every client to leave
            extra="\n".join(extra),
        )


def write_environment(file: Path, environment: Mapping[str, str]) -> None:
    """Write variables as both a shell and systemd's `EnvironmentFile` read them, for this user alone to read."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={quote(value)}\n" for name, value in environment.items()))


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _gone(pid: int) -> None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return
    raise TimeoutError(f"process {pid} is still there")
