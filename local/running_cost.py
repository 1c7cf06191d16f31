"""What the installation uses, and the part of the machine's price that this is.

Processor time is by process since its start, models by dbt's own records of four weeks, disk by table. A machine is
paid whether it is used or not, so what is left over is shown too: it is what a second shop, or ten times the visitors,
would take first.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import psutil
import psycopg

from comptoir.settings import Settings
from local.supervision import Supervisor

WEEKS = 4
MEGABYTE = 1e6


@dataclass(frozen=True)
class ProcessUse:
    """A process of the stack with all that it started: processor time by the second, and memory now."""

    name: str
    cores: float  # 1.0: one core all the time
    megabytes: float


@dataclass(frozen=True)
class ModelUse:
    """A table that dbt makes, by day of the last four weeks."""

    name: str
    seconds_a_day: float
    megabytes: float
    growth_a_day: float  # megabytes


@dataclass(frozen=True)
class DiskUse:
    """Bytes of a schema of the warehouse."""

    name: str
    megabytes: float


@dataclass(frozen=True)
class Budget:
    """The machine's price divided among its cores."""

    machine_euros_a_month: Decimal
    cores: int

    def euros(self, cores: float) -> float:
        """What so many cores, all the time, are of the month's price."""
        return float(self.machine_euros_a_month) * cores / self.cores


def budget_of(settings: Settings) -> Budget:
    """The price of the settings and the cores of this machine."""
    return Budget(settings.machine_euros_a_month, os.cpu_count() or 1)


def processes(settings: Settings) -> list[ProcessUse]:
    """Each running process of the stack, the greediest first; empty when the stack is down."""
    supervisor = Supervisor(settings.data_dir)
    if not supervisor.is_running():
        return []
    used = [_use(name, state["pid"]) for name, state in supervisor.states().items() if state["pid"]]
    return sorted(used, key=lambda each: -each.cores)


def _use(name: str, pid: int) -> ProcessUse:
    root = psutil.Process(pid)
    family = [root, *root.children(recursive=True)]
    seconds = megabytes = 0.0
    for process in family:
        try:
            times = process.cpu_times()
            # of children that have ended, too: dbt, connectors, Spark's workers
            seconds += times.user + times.system + times.children_user + times.children_system
            megabytes += process.memory_info().rss / MEGABYTE
        except psutil.NoSuchProcess:
            continue
    return ProcessUse(name, seconds / max(time.time() - root.create_time(), 1), megabytes)


MODELS = """
with sized as (
    select
        schema_name || '.' || model_name as name,
        run_date,
        total_seconds,
        coalesce(table_megabytes, 0) as megabytes
    from marts.mart_model_runs_daily
    where run_date > (select max(run_date) from marts.mart_model_runs_daily) - %(days)s
),

tables as (
    select
        name,
        avg(total_seconds) as seconds_a_day,
        (array_agg(megabytes order by run_date asc))[1] as at_first,
        (array_agg(megabytes order by run_date desc))[1] as at_last,
        max(run_date) - min(run_date) as days_between
    from sized
    group by name
)

select name, seconds_a_day, at_last, coalesce((at_last - at_first) / nullif(days_between, 0), 0)
from tables
order by seconds_a_day desc, name asc
"""
SCHEMAS = """
select pg_namespace.nspname, sum(pg_total_relation_size(pg_class.oid))
from pg_class
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where pg_class.relkind in ('r', 'm') and pg_namespace.nspname !~ '^(pg_|information_schema)'
group by 1 order by 2 desc
"""


def models(connection: psycopg.Connection) -> list[ModelUse]:
    """What dbt's tables took, the slowest first. Raises LookupError when the marts were never built."""
    try:
        found = connection.execute(MODELS, {"days": WEEKS * 7}).fetchall()
    except psycopg.errors.UndefinedTable as error:
        raise LookupError("The warehouse has no marts yet: `comptoir run daily` builds them.") from error
    return [ModelUse(name, float(seconds), float(size), float(growth)) for name, seconds, size, growth in found]


def disk(connection: psycopg.Connection) -> list[DiskUse]:
    """What the warehouse has on disk by schema, indexes with it, the largest first."""
    return [DiskUse(name, int(size) / MEGABYTE) for name, size in connection.execute(SCHEMAS)]


def left_over(used: Iterable[ProcessUse], budget: Budget) -> ProcessUse:
    """The cores that nobody of the stack uses."""
    return ProcessUse("left over", max(budget.cores - sum(each.cores for each in used), 0.0), 0.0)
