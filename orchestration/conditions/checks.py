"""Checks whose newest verdict is negative, and gates that are shut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import dagster as dg
import psycopg
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from alerting.condition import DATA_ENGINEERING, Condition, Severity
from comptoir.settings import Settings
from orchestration.conditions.links import check_link, run_link

GATE = "gate_"
SHOWN_ROWS = 5
# the watcher sees these itself, without Dagster
SEEN_BY_THE_WATCHER = {
    "stream_heartbeat",
    "no_poison_records",
    "alert_watcher_is_alive",
    "alert_channels_deliver",
    "requests_are_answered_in_time",
}

Records = dict[dg.AssetCheckKey, AssetCheckExecutionRecord]
FailedRows = Callable[[str, str, str], list[dict[str, Any]]]  # database URL, layer, run id


def read_failed_rows(database_url: str, layer: str, run_id: str) -> list[dict[str, Any]]:
    """Sampled rows of the gate's run; personal values were masked when they were written. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select rule, table_name, row_data from ops.failed_rows where run_id = %s and gate = %s"
            " order by failed_row_id limit %s",
            [run_id, layer, SHOWN_ROWS],
        ).fetchall()
    return [{"rule": rule, "table": table, **data} for rule, table, data in rows]


def newest_records(instance: dg.DagsterInstance, keys: Iterable[dg.AssetCheckKey]) -> Records:
    """The newest execution of each check that was ever evaluated or planned."""
    return dict(instance.event_log_storage.get_latest_asset_check_execution_by_key(list(keys)))


def failed_checks(
    graph: dg.AssetGraph, records: Records, settings: Settings, failed_rows: FailedRows = read_failed_rows
) -> list[Condition]:
    """A condition for each shut gate, with rows of it, and for each other check that does not hold.

    Raises psycopg.Error.
    """
    broken = [record for record in records.values() if _is_broken(record)]
    gates: dict[str, list[AssetCheckExecutionRecord]] = {}
    found = []
    for record in sorted(broken, key=lambda one: (one.key.asset_key.path, one.key.name)):
        if record.key.name.startswith(GATE) and _severity(record) is Severity.ERROR:
            gates.setdefault(record.key.name, []).append(record)
        else:
            found.append(_check(graph, record, settings))
    return [*(_gate(name, of_gate, settings, failed_rows) for name, of_gate in gates.items()), *found]


def condition_key(key: dg.AssetCheckKey, is_error: bool = True) -> str:
    """The key of the condition that says that a check does not hold."""
    if key.name.startswith(GATE) and is_error:
        return f"gate/{key.name.removeprefix(GATE)}"
    return f"check/{'.'.join(key.asset_key.path)}/{key.name}"


def keys_failed_in(run_id: str, records: Records) -> list[str]:
    """Keys of the conditions of checks that failed in a run."""
    of_run = [record for record in records.values() if record.run_id == run_id and _is_broken(record)]
    return sorted({condition_key(one.key) for one in of_run if _severity(one) is Severity.ERROR})


def _is_broken(record: AssetCheckExecutionRecord) -> bool:
    return record.status is AssetCheckExecutionRecordStatus.FAILED and record.key.name not in SEEN_BY_THE_WATCHER


def _severity(record: AssetCheckExecutionRecord) -> Severity:
    is_warning = record.evaluation and record.evaluation.severity is dg.AssetCheckSeverity.WARN
    return Severity.WARNING if is_warning else Severity.ERROR


def _said(record: AssetCheckExecutionRecord) -> str:
    return (record.evaluation.description if record.evaluation else "") or ""


def _check(graph: dg.AssetGraph, record: AssetCheckExecutionRecord, settings: Settings) -> Condition:
    key, severity = record.key, _severity(record)
    table = ".".join(key.asset_key.path)
    owners = [*graph.get(key.asset_key).owners] if graph.has(key.asset_key) else []
    if severity is Severity.ERROR:
        owners.append(DATA_ENGINEERING)  # it may have stopped a run
    return Condition(
        key=condition_key(key, severity is Severity.ERROR),
        title=f"{key.name} does not hold on {table}",
        cause=_said(record) or f"The check {key.name} on {table} failed.",
        severity=severity,
        owners=tuple(dict.fromkeys(owners)) or (DATA_ENGINEERING,),
        link=check_link(settings.dagster_url, key),
    )


def _gate(
    name: str, records: Sequence[AssetCheckExecutionRecord], settings: Settings, failed_rows: FailedRows
) -> Condition:
    """One condition for the whole gate, whichever of its tables are broken."""
    newest = max(records, key=lambda record: record.id)
    layer = name.removeprefix(GATE)
    return Condition(
        key=condition_key(newest.key),
        title=f"{name} is shut: {', '.join(sorted('.'.join(record.key.asset_key.path) for record in records))}",
        cause=f"{' '.join(map(_said, records))} What comes after {name} keeps the rows it had.",
        rows=tuple(failed_rows(settings.database_url_as("gatekeeper"), layer, newest.run_id)),
        link=run_link(settings.dagster_url, newest.run_id),
    )
