"""The names of customers in clicks, between landing and staging: staging knows each customer by one name."""

import dagster as dg

from comptoir.settings import Settings
from orchestration.defs.clickstream import SCHEMA
from orchestration.defs.shop import PSEUDONYMS
from orchestration.retrying import repeated_when_away
from orchestration.specs import DATA_ENGINEERING
from privacy.customer_mapping import PseudonymKeyError, map_clicks
from streaming.renewed_names import join_persons

CLICK_PSEUDONYMS = dg.AssetKey(["pii", "click_pseudonyms"])


@dg.asset(
    key=CLICK_PSEUDONYMS,
    group_name="pii",
    description="One row per name that a customer has or had in clicks, one for each key of the pseudonyms, with the"
    " customer's name in the warehouse. Links of devices to persons get the newest name in the same step.",
    owners=[DATA_ENGINEERING],
    kinds={"python", "postgres"},
    deps=[dg.AssetKey([SCHEMA, "events"]), PSEUDONYMS],
)
def click_pseudonyms(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Map what landed. Raises dagster.Failure when clicks were named by a key that this process does not have."""
    url = settings.database_url_as("privacy")
    try:
        with repeated_when_away(context):
            added = map_clicks(url, settings.pseudonym_key.get_secret_value())
            join_persons(url)
    except PseudonymKeyError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    return dg.MaterializeResult(metadata={"rows added": added})
