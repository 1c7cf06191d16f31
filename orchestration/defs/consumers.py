"""What is published from the marts, and, from dbt's exposures, who uses it.

A step imports the package that it needs, so that no other process that loads the graph waits for it.
"""

import dagster as dg

from bi.tableau_marts import MARTS
from comptoir.settings import Settings
from orchestration.dbt_manifest import manifest
from orchestration.defs.stream_tables import STREAM_TABLES
from orchestration.exposures import exposure_specs
from orchestration.markdown import markdown_table
from orchestration.promises import DAILY
from orchestration.retrying import repeated_when_away
from orchestration.specs import BI, STOREFRONT
from streaming.followed_products import read_refused

DIM_PRODUCTS = dg.AssetKey(["marts", "dim_products"])
PRODUCTS = dg.AssetKey(["serving", "products"])
SEARCH_INDEX = dg.AssetKey(["storefront", "search_index"])
SEARCH_WEIGHTS = dg.AssetKey(["serving", "search_weights"])
TABLEAU_FILES = dg.AssetKey(["bi", "tableau_files"])
TABLEAU_EXTRACT = dg.AssetKey(["bi", "tableau_extract"])
SHOWN_REFUSALS = 20
# what an exposure reads that dbt does not build
ALSO_READ = {
    "storefront": [*STREAM_TABLES.values(), PRODUCTS, SEARCH_INDEX],
    "tableau_workbook": [TABLEAU_FILES, TABLEAU_EXTRACT],
}


@dg.asset(
    key=PRODUCTS,
    group_name="serving",
    deps=[DIM_PRODUCTS],
    owners=[STOREFRONT],
    freshness_policy=DAILY,
    kinds={"python", "postgres"},
    description="One row per product: the storefront's card and filters, and whether it may be recommended.",
)
def products(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Publish the product cards from the mart."""
    from streaming.products import publish_products

    with repeated_when_away(context):
        published = publish_products(settings.database_url_as("publisher"), settings.shop_platform)
    return dg.MaterializeResult(metadata={"dagster/row_count": published})


@dg.asset_check(
    asset=PRODUCTS,
    description="What changed in the shop is in its card, unless a gate would stop it: such a card stays as it was.",
)
def no_refused_changes(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Warn of products whose last change was refused, and say why."""
    refused = read_refused(settings.database_url_as("publisher"))
    return dg.AssetCheckResult(
        passed=not refused,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(refused):,} products were changed in a way that gate_raw would stop: mend them in the shop."
        if refused
        else "Every card is as the shop has it.",
        metadata={"products": dg.MetadataValue.md(markdown_table(refused[:SHOWN_REFUSALS]))},
    )


@dg.asset(
    key=SEARCH_INDEX,
    group_name="storefront",
    deps=[DIM_PRODUCTS],
    owners=[STOREFRONT],
    freshness_policy=DAILY,
    kinds={"python"},
    description="One document per published product: the tantivy index of GET /v1/search, replaced in one step.",
)
def search_index(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Build the search index from the mart and put it in place."""
    from storefront.search.builder import build_search_index

    with repeated_when_away(context):
        report = build_search_index(
            settings.database_url_as("publisher"), settings.search_index_dir, settings.price_lists
        )
    return dg.MaterializeResult(
        metadata={"products": report.products, "seconds": report.seconds, "version": report.version}
    )


@dg.asset(
    key=SEARCH_WEIGHTS,
    group_name="serving",
    deps=[dg.AssetKey(["marts", "fct_searches"]), SEARCH_INDEX],
    owners=[STOREFRONT],
    kinds={"python", "postgres"},
    description="One row per fit of the search's weights on what visitors clicked; the next index takes the newest that"
    " ranked later clicks higher, beyond chance.",
)
def search_weights(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Fit the weights, and publish them when they are better; a shop with few clicks keeps what it has."""
    from storefront.search.learned_weights import TooFewClicksError, refit

    with repeated_when_away(context):
        try:
            found = refit(settings.database_url_as("publisher"), settings.search_index_dir, context.log.info)
        except TooFewClicksError as few:
            context.log.info(str(few))
            return dg.MaterializeResult(metadata={"result": str(few)})
    return dg.MaterializeResult(
        metadata={
            "result": found.message,
            "score of the weights in use": found.before,
            "score of the fitted weights": found.after,
        }
    )


@dg.asset(
    key=TABLEAU_FILES,
    group_name="bi",
    deps=[dg.AssetKey(["marts", mart]) for mart in MARTS],
    owners=[BI],
    freshness_policy=DAILY,
    kinds={"python", "tableau"},
    description="One data source per mart that Tableau reads, and the workbook on them.",
)
def tableau_files(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Write the Tableau files of the marts."""
    from bi.tableau import write_workbook

    # as the BI team's role, so that the files hold nothing that the team may not read
    files = write_workbook(settings.database_url_as("reporter"), settings.tableau_dir)
    return dg.MaterializeResult(
        metadata={
            "workbook": dg.MetadataValue.path(files.workbook),
            **{mart: dg.MetadataValue.path(file) for mart, file in files.datasources.items()},
        }
    )


@dg.asset(
    key=TABLEAU_EXTRACT,
    group_name="bi",
    deps=[dg.AssetKey(["marts", mart]) for mart in MARTS],
    owners=[BI],
    freshness_policy=DAILY,
    kinds={"python", "tableau"},
    description="One table per mart that Tableau reads, all rows: for authors without access to the database. Only days"
    " that changed are read again.",
)
def tableau_extract(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    """Write the marts into one extract."""
    from bi.tableau_extract import write_extract

    extracted = write_extract(settings.database_url_as("reporter"), settings.tableau_extract)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(extracted.rows.values()),
            "rows of days that changed": sum(extracted.read.values()),
            "extract": dg.MetadataValue.path(settings.tableau_extract),
            **extracted.rows,
        }
    )


exposures = exposure_specs(manifest(), also_reads=ALSO_READ)
