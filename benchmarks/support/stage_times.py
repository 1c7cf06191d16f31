"""Reads from Spark's event log how long the tasks of each stage of a spread batch ran."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from msgspec import json

STAGES = ("parse", "count", "make lists")  # of a spread batch, in order, see streaming/batch_plans.py
SETTINGS = {"enabled": "true", "compress": "false", "rolling.enabled": "false"}  # of spark.eventLog


def write_settings(folder: Path) -> str:
    """Write Spark's defaults and the folder of its log into `folder`; returns what SPARK_CONF_DIR must be."""
    log, settings = folder / "events", folder / "conf"
    log.mkdir(parents=True)
    settings.mkdir()
    lines = [f"spark.eventLog.{name} {value}" for name, value in SETTINGS.items()]
    lines.append(f"spark.eventLog.dir {log.as_uri()}")
    (settings / "spark-defaults.conf").write_text("\n".join(lines) + "\n")
    return str(settings)


def task_seconds(folder: Path) -> dict[str, list[list[float]]]:
    """Stage -> of each batch the seconds of its tasks, by the log that Spark has written below `folder`."""
    events = [json.decode(line) for file in sorted((folder / "events").iterdir()) for line in file.open("rb")]
    tasks: dict[int, list[float]] = defaultdict(list)
    for event in events:
        if event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success":
            tasks[event["Stage ID"]].append(event["Task Metrics"]["Executor Run Time"] / 1_000)
    found: dict[str, list[list[float]]] = {name: [] for name in STAGES}
    for stages in _batches(events):
        for name, stage in zip(STAGES, stages, strict=True):
            found[name].append(tasks[stage])
    return found


def _batches(events: list[dict[str, Any]]) -> list[list[int]]:
    """The stages that ran, in order, of every job or adaptive run of jobs that is a spread batch."""
    batches: dict[str, list[int]] = defaultdict(list)
    for event in events:
        if event["Event"] == "SparkListenerStageCompleted":
            info = event["Stage Info"]
            properties = {accumulable["Name"]: accumulable for accumulable in info["Accumulables"]}
            if properties and "Failure Reason" not in info:
                batches[_batch_of(event, events)].append(info["Stage ID"])
    return [sorted(stages) for batch, stages in batches.items() if batch and len(stages) == len(STAGES)]


def _batch_of(event: dict[str, Any], events: list[dict[str, Any]]) -> str:
    stage = event["Stage Info"]["Stage ID"]
    for other in events:
        if other["Event"] == "SparkListenerJobStart" and stage in other["Stage IDs"]:
            return str(other.get("Properties", {}).get("streaming.sql.batchId", ""))
    return ""
