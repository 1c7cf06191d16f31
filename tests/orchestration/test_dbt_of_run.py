"""dbt ends with the process that called it, even a killed one; till then it is dbt, with its arguments and its code."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from local.waiting import wait_until
from orchestration.dbt_manifest import DBT, DBT_OF_RUN

# started by something that ignores every signal it can, as a test's worker may
CALLER = """
import signal, subprocess, sys
for name in ("SIGTERM", "SIGINT", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
child = subprocess.Popen([sys.argv[1], "300"])
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("is_killed", [True, False])
def test_it_ends_with_its_caller(is_killed: bool) -> None:
    environment = os.environ | {"COMPTOIR_DBT": "sleep"}
    with subprocess.Popen(
        [sys.executable, "-c", CALLER, DBT_OF_RUN],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as caller:
        assert caller.stdout
        child = psutil.Process(int(caller.stdout.readline()))

        def has_become_it() -> None:
            assert child.name() == "sleep"

        wait_until(has_become_it, "the child", seconds=10, every=0.05)
        if is_killed:
            caller.kill()

    def is_gone() -> None:
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE

    wait_until(is_gone, "the child's end", seconds=10, every=0.05)


def test_it_is_dbt() -> None:
    environment = os.environ | {"COMPTOIR_DBT": DBT}
    version = subprocess.run([DBT_OF_RUN, "--version"], env=environment, capture_output=True, text=True)
    assert version.returncode == 0 and "postgres" in version.stdout
    wrong = subprocess.run([DBT_OF_RUN, "no-such-command"], env=environment, capture_output=True)
    assert wrong.returncode == 2
