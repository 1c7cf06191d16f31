"""The tables that the stream writes.

The stream is a supervised process, not a Dagster run, because no click may wait for an orchestrator: a sensor observes
its tables (stream.py). A materialisation counts what is left in the topic while the stream is away: after a long stop,
or before its first start. One that finds the stream at work leaves the counting to it.
"""

import sys
from collections.abc import Iterator

import dagster as dg

from comptoir.settings import Settings
from orchestration.defs.clickstream import TOPIC
from orchestration.specs import STOREFRONT, table_spec
from orchestration.stream_health import read_stream_health, read_tables

DESCRIPTIONS = {
    "recommendations": "One row per visitor, slot and rank: their list as of their last click. Written by the stream.",
    "product_neighbours": "One row per product, kind (similar, together) and rank: a neighbour. Written by the stream.",
    "trending": "One row per category ('' = the shop) and rank: what is trending. Written by the stream.",
}
STREAM_TABLES = {table: dg.AssetKey(["serving", table]) for table in DESCRIPTIONS}
# Spark in a process of its own, which reports through Dagster Pipes. It ends with the run: one that stayed would keep
# the stream out.
CATCH_UP = ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", "orchestration.catch_up"]


@dg.multi_asset(
    name="stream_catch_up",
    specs=[
        table_spec("serving", table, description, kinds=["spark", "postgres"], owner=STOREFRONT, deps=[TOPIC])
        for table, description in DESCRIPTIONS.items()
    ],
)
def stream_catch_up(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult]:
    """Count the topic's records that no stream has counted, unless one is at work."""
    health = read_stream_health(settings.database_url_as("stream"))
    if not health.is_alive:
        yield from dg.PipesSubprocessClient().run(context=context, command=CATCH_UP).get_results()
        return
    context.log.info(f"{health.message} It counts by itself, and is left to it.")
    for state in read_tables(settings.database_url_as("stream")):
        metadata = {"dagster/row_count": state.rows, "counted by": "the running stream"}
        yield dg.MaterializeResult(asset_key=STREAM_TABLES[state.table], metadata=metadata)
