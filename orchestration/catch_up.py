"""`python -m orchestration.catch_up`: the stream until the end of the topic, as Dagster starts it through Pipes."""

from __future__ import annotations

import time

import psycopg
from dagster_pipes import PipesContext, open_dagster_pipes

from comptoir.settings import Settings, settings_at_start
from orchestration.stream_health import read_tables
from streaming.job import QUERY, work
from streaming.state import StreamName, read_offsets


def catch_up(pipes: PipesContext, settings: Settings) -> None:
    """Count to the end of the topic and report each table. Raises SystemExit with a sentence, as `work` does."""
    begun, before = time.monotonic(), _counted(settings)
    try:
        work(settings, settings.spark_master, available_now=True)
    except SystemExit as error:
        pipes.log.error(str(error))  # the run would only say that a process failed
        raise
    metadata = {"records counted": _counted(settings) - before, "seconds": round(time.monotonic() - begun, 1)}
    for state in read_tables(settings.database_url_as("stream")):
        pipes.report_asset_materialization(
            {"dagster/row_count": state.rows, **metadata}, asset_key=f"serving/{state.table}"
        )


def _counted(settings: Settings) -> int:
    """How many records of the topic are behind the fence."""
    with psycopg.connect(settings.database_url_as("stream")) as connection:
        offsets = read_offsets(connection, StreamName(QUERY, settings.clicks_topic))
    return sum(offset for partition, offset in offsets.items() if partition >= 0)


if __name__ == "__main__":
    with open_dagster_pipes() as opened:
        catch_up(opened, settings_at_start())
