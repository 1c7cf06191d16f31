"""The real supervisor with small programs: starts on demand, restarts what is killed, stops everything."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    wait_until(lambda: is_running(supervisor), "the sleeper", seconds=10)
    pid = supervisor.states()["sleeper"]["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_running(supervisor, other_than=pid), "the sleeper again", seconds=10)
    assert "100% up" in (supervisor.data_dir / "logs" / "sleeper.log").read_text()


def test_a_program_that_does_not_come_up_is_told_with_its_log(supervisor: Supervisor) -> None:
    with pytest.raises(RuntimeError, match="no such file: x"):
        start(supervisor, BROKEN, lambda line: None)


def test_shutting_down_ends_every_program(supervisor: Supervisor) -> None:
    supervisor.start("sleeper")
    wait_until(lambda: is_running(supervisor), "the sleeper", seconds=10)
    pid = supervisor.states()["sleeper"]["pid"]
    supervisor.shut_down()
    assert not supervisor.is_running()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
