"""The real supervisor with small programs: starts on demand, restarts what is killed, stops everything."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from comptoir.settings import Settings
from local import stack
from local.services import Service
from local.stack import start
from local.supervision import Supervisor
from local.waiting import wait_until

SLEEPER = Service(
    "sleeper", [sys.executable, "-c", "import time; print('100% up', flush=True); time.sleep(600)"], lambda: None
)
BROKEN = Service("broken", [sys.executable, "-c", "raise SystemExit('no such file: x')"], lambda: 1 / 0, ready_within=4)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path)
    supervisor.launch([SLEEPER, BROKEN], tmp_path, os.environ)
    yield supervisor
    if supervisor.is_running():
        supervisor.shut_down()


def state(supervisor: Supervisor, name: str) -> str:
    return str(supervisor.states()[name]["statename"])


def is_running(supervisor: Supervisor, other_than: int = 0) -> None:
    info = supervisor.states()["sleeper"]
    assert info["statename"] == "RUNNING" and info["pid"] != other_than


def test_programs_start_on_demand_and_come_back_when_killed(supervisor: Supervisor) -> None:
    assert state(supervisor, "sleeper") == "STOPPED"
    supervisor.start("sleeper")
    wait_until(lambda: is_running(supervisor), "the sleeper", seconds=60)
    pid = supervisor.states()["sleeper"]["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_running(supervisor, other_than=pid), "the sleeper again", seconds=60)
    assert "100% up" in (supervisor.data_dir / "logs" / "sleeper.log").read_text()


def test_one_process_is_stopped_and_started_by_its_name(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=supervisor.data_dir)
    monkeypatch.setattr(stack, "get_settings", lambda: settings)
    monkeypatch.setattr(stack, "services", lambda _: [SLEEPER, BROKEN])
    stack.start_one("sleeper", lambda line: None)
    wait_until(lambda: is_running(supervisor), "the sleeper", seconds=60)
    stack.stop_one("sleeper")
    assert state(supervisor, "sleeper") == "STOPPED"
    with pytest.raises(RuntimeError, match="no process sleepy: there are sleeper, broken"):
        stack.stop_one("sleepy")


def test_a_program_that_does_not_start_is_reported_with_its_log(supervisor: Supervisor) -> None:
    with pytest.raises(RuntimeError, match="no such file: x"):
        start(supervisor, BROKEN, lambda line: None)


# on TERM, waits a moment and prints whether the store still lives
WITNESS = """
import os, signal, sys, time
def leave(number, frame):
    time.sleep(1)
    print('store alive' if os.path.exists(sys.argv[1]) else 'store gone', flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, leave)
print('ready', flush=True)
time.sleep(600)
"""
STORE = """
import os, signal, sys, time
def leave(number, frame):
    os.remove(sys.argv[1])
    sys.exit()
signal.signal(signal.SIGTERM, leave)
open(sys.argv[1], 'w').close()
print('ready', flush=True)
time.sleep(600)
"""


def test_the_last_ones_outlive_what_needs_them(tmp_path: Path) -> None:
    mark = str(tmp_path / "alive")
    names = ["store", "one", "two"]
    for name in names:
        (tmp_path / f"{name}.py").write_text(STORE if name == "store" else WITNESS)
    services = [Service(name, [sys.executable, str(tmp_path / f"{name}.py"), mark], lambda: None) for name in names]
    supervisor = Supervisor(tmp_path)
    supervisor.launch(services, tmp_path, os.environ)

    def log_of(name: str) -> str:
        return (tmp_path / "logs" / f"{name}.log").read_text()

    try:
        for name in names:
            supervisor.start(name)
            wait_until(lambda name=name: log_of(name).index("ready"), name, seconds=60)
    finally:
        supervisor.shut_down(last=["store"])
    assert "store alive" in log_of("one") and "store alive" in log_of("two")
    assert not Path(mark).exists()


def test_shutting_down_ends_every_program(supervisor: Supervisor) -> None:
    supervisor.start("sleeper")
    wait_until(lambda: is_running(supervisor), "the sleeper", seconds=60)
    pid = supervisor.states()["sleeper"]["pid"]
    supervisor.shut_down()
    assert not supervisor.is_running()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
