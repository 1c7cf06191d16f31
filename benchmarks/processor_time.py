"""The processor time of the stream and of its stores, by process: what they used, as the kernel counts it."""

from __future__ import annotations

from collections.abc import Mapping

import psutil

STREAM_PROCESSES = ("driver", "JVM", "workers")
PROCESSES = (*STREAM_PROCESSES, "Kafka", "Postgres")

Seconds = Mapping[str, float]  # one of PROCESSES -> seconds of processor time


def processor_seconds(stream: int, kafka: int, postgres: int) -> dict[str, float]:
    """What each has used so far; the arguments are process ids, the stream's is that of its driver.

    A process that ends takes its time with it, unless its parent has waited for it: a Python worker's does not.
    Raises psutil.NoSuchProcess when one of the three is not running.
    """
    found = dict.fromkeys(PROCESSES, 0.0)
    found["driver"] = _used(psutil.Process(stream))
    for child in psutil.Process(stream).children(recursive=True):
        try:
            found["JVM" if "java" in child.name() else "workers"] += _used(child)
        except psutil.NoSuchProcess:
            continue
    found["Kafka"] = _used_by_all(kafka)
    found["Postgres"] = _used_by_all(postgres)
    return found


def spent(before: Seconds, after: Seconds) -> dict[str, float]:
    """The seconds between two readings; a process that is gone counts as having used nothing."""
    return {name: max(0.0, after[name] - before[name]) for name in PROCESSES}


def _used_by_all(pid: int) -> float:
    parent = psutil.Process(pid)
    total = _used(parent, with_ended=True)
    for child in parent.children(recursive=True):
        try:
            total += _used(child)
        except psutil.NoSuchProcess:
            continue
    return total


def _used(process: psutil.Process, with_ended: bool = False) -> float:
    times = process.cpu_times()
    own = times.user + times.system
    return own + times.children_user + times.children_system if with_ended else own
