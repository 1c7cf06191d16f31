from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.processor_time import PROCESSES, processor_seconds, spent

# both end by themselves, should the test not come to that
BUSY_WITH_A_CHILD = """
import subprocess, sys, time
busy = "import time; end = time.time() + 60\\nwhile time.time() < end: pass"
child = subprocess.Popen([sys.executable, "-c", busy])
print("ready", flush=True)
time.sleep(60)
"""


def test_the_time_of_a_child_is_a_workers() -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY_WITH_A_CHILD], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        before = processor_seconds(parent.pid, parent.pid, parent.pid)
        while spent(before, processor_seconds(parent.pid, parent.pid, parent.pid))["workers"] < 0.2:
            time.sleep(0.05)
        used = spent(before, processor_seconds(parent.pid, parent.pid, parent.pid))
        subprocess.run(["kill", *_children(parent.pid), str(parent.pid)], check=True)
    assert used["JVM"] == 0
    assert used["workers"] > used["driver"]
    assert used["Kafka"] > used["driver"]  # of a broker, parent and children count together


def test_a_process_that_is_gone_used_nothing() -> None:
    before = dict.fromkeys(PROCESSES, 5.0)
    assert spent(before, before | {"driver": 6.5, "workers": 0.0}) == dict.fromkeys(PROCESSES, 0.0) | {"driver": 1.5}


def _children(pid: int) -> list[str]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True)
    return found.stdout.split()
