"""dbt's exposures as assets, so that the graph ends at who uses the data and not at a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from orchestration.dbt_manifest import asset_key
from orchestration.specs import BI, STOREFRONT

# dbt's exposure type → (group, owner)
PLACES = {
    "dashboard": ("dashboards", BI),
    "notebook": ("dashboards", BI),
    "analysis": ("dashboards", BI),
    "application": ("storefront", STOREFRONT),
    "ml": ("storefront", STOREFRONT),
}


def exposure_specs(manifest: Mapping[str, Any], also_reads: Mapping[str, Sequence[dg.AssetKey]]) -> list[dg.AssetSpec]:
    """One external asset per exposure; `also_reads` adds, by exposure name, what it reads that dbt does not build."""
    return [_spec(exposure, also_reads.get(exposure["name"], ())) for exposure in manifest["exposures"].values()]


def _spec(exposure: Mapping[str, Any], also_reads: Sequence[dg.AssetKey]) -> dg.AssetSpec:
    group, owner = PLACES[exposure["type"]]
    metadata = {"url": dg.MetadataValue.url(exposure["url"])} if exposure.get("url") else {}
    return dg.AssetSpec(
        key=dg.AssetKey([group, exposure["name"]]),
        group_name=group,
        description=exposure["description"] or exposure["label"],
        owners=[owner],
        kinds={exposure["type"]},
        deps=[*(asset_key(name) for name in exposure["depends_on"]["nodes"]), *also_reads],
        metadata=metadata,
    )
