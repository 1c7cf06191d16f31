"""When things run."""

import dagster as dg

from comptoir.settings import get_settings
from orchestration.defs.clickstream import CLICKSTREAM_TABLES
from orchestration.defs.models import EVALUATIONS, MODELS
from orchestration.defs.pair_index import PAIR_INDEX
from orchestration.defs.stream import HEARTBEAT, RECOUNT

SETTINGS = get_settings()
STATUS = dg.DefaultScheduleStatus.RUNNING if SETTINGS.schedules_run else dg.DefaultScheduleStatus.STOPPED

# about the stream's model and counts: jobs of their own, because no mart and no page waits for them
NOT_DAILY = [EVALUATIONS, MODELS, PAIR_INDEX]

daily = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(*NOT_DAILY) | dg.AssetSelection.checks(HEARTBEAT),
    description="Everything in one run: shop and clicks to raw, gates, dbt, publishing. A failed gate stops the rest.",
)
clickstream = dg.define_asset_job(
    "clickstream",
    selection=dg.AssetSelection.assets(*CLICKSTREAM_TABLES) - dg.AssetSelection.all_asset_checks(),
    description="Lands the clicks that came since the last time, and nothing else.",
)
stream_recount = dg.define_asset_job(
    "stream_recount",
    selection=dg.AssetSelection.checks(RECOUNT),
    description="Compares the stream's counts with a recomputation from raw.",
)
model = dg.define_asset_job(
    "model",
    selection=dg.AssetSelection.assets(EVALUATIONS, MODELS),
    description="Evaluates the model of the recommendations on the last days, and publishes it if it is not worse.",
)
pair_index = dg.define_asset_job(
    "pair_index",
    selection=dg.AssetSelection.assets(PAIR_INDEX),
    description="Counts the pairs of one or more weeks from raw by Spark. Started by hand.",
)

daily_schedule = dg.ScheduleDefinition(
    job=daily, cron_schedule="0 5 * * *", execution_timezone=SETTINGS.shop_timezone, default_status=STATUS
)
clickstream_schedule = dg.ScheduleDefinition(job=clickstream, cron_schedule="*/5 * * * *", default_status=STATUS)
stream_recount_schedule = dg.ScheduleDefinition(
    job=stream_recount, cron_schedule="30 4 * * *", execution_timezone=SETTINGS.shop_timezone, default_status=STATUS
)
model_schedule = dg.ScheduleDefinition(
    job=model, cron_schedule="15 4 * * *", execution_timezone=SETTINGS.shop_timezone, default_status=STATUS
)
