"""The packaged workbook on Tableau Server or Cloud; in the graph where COMPTOIR_TABLEAU_SERVER is set."""

import dagster as dg

from comptoir.settings import Settings, get_settings
from orchestration.defs.consumers import TABLEAU_EXTRACT
from orchestration.promises import DAILY
from orchestration.retrying import repeated_when_away
from orchestration.specs import BI


@dg.asset(
    key=dg.AssetKey(["bi", "tableau_published"]),
    group_name="bi",
    deps=[TABLEAU_EXTRACT],
    owners=[BI],
    freshness_policy=DAILY,
    kinds={"python", "tableau"},
    description="The packaged workbook, with its extract, in the project of the BI team; yesterday's is replaced.",
)
def tableau_published(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Publish the package that the extract's step wrote."""
    from bi.tableau_package import package_of  # Tableau's clients: not when the graph is loaded
    from bi.tableau_publishing import publish, server_of

    server = server_of(settings)
    assert server, "the asset is not in the graph without a server"
    with repeated_when_away(context):
        address = publish(package_of(settings.tableau_extract), server)
    return dg.MaterializeResult(metadata={"address": dg.MetadataValue.url(address)})


@dg.definitions
def tableau_server() -> dg.Definitions:
    """The asset, if there is a server."""
    return dg.Definitions(assets=[tableau_published] if get_settings().tableau_server else [])
