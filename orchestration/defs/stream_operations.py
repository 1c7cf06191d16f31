"""What an operator does about the stream from the UI: start it anew, or count without it."""

from datetime import timedelta

import dagster as dg

from comptoir.settings import Settings
from orchestration.defs.automation import HEAVY, LIGHT
from orchestration.defs.stream_tables import STREAM_TABLES

catch_up = dg.define_asset_job(
    "catch_up",
    selection=dg.AssetSelection.assets(*STREAM_TABLES.values()) - dg.AssetSelection.all_asset_checks(),
    tags=HEAVY,
    description="Counts what is left in the topic while the stream is away, and ends. Started by hand.",
)


@dg.op(description="Ends the stream's process and waits until its supervisor has started it anew.")
def stream_restarted(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
    """End the stream and wait for the next one's heartbeat. Raises dagster.Failure with what to do."""
    from streaming.job import QUERY  # PySpark takes a second to import: not when the graph is loaded
    from streaming.restart import end_running, wait_for_heartbeat
    from streaming.state import StreamName

    url = settings.database_url_as("stream")
    ended = end_running(url, StreamName(QUERY, settings.clicks_topic))
    if ended is None:
        reason = "No stream is running, so nothing was ended: `comptoir start stream` starts it, or systemctl start."
        raise dg.Failure(reason, allow_retries=False)
    context.log.info("The stream was ended. What it was counting is rolled back, and counted by the next one.")
    try:
        beat = wait_for_heartbeat(url, ended)
    except TimeoutError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    context.add_output_metadata({"seconds until it worked again": round((beat - ended) / timedelta(seconds=1), 1)})


@dg.job(description="Starts the stream anew: ends its process, and waits for the next one's heartbeat.", tags=LIGHT)
def restart_stream() -> None:
    """The job of `stream_restarted`."""
    stream_restarted()
