"""How old what people read may be, as Dagster's freshness policies. A broken promise is the alert `stale`."""

from datetime import timedelta

import dagster as dg

# the daily run, with an hour for its length and a few to repeat it
DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=30), warn_window=timedelta(hours=26))
# landed every five minutes
LANDED = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=1), warn_window=timedelta(minutes=20))
