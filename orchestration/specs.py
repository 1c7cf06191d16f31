"""How assets are named and described: key = schema/table, group = schema."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

DATA_ENGINEERING = "team:data-engineering"
BI = "team:bi"
STOREFRONT = "team:storefront"


def table_spec(
    schema: str,
    table: str,
    description: str,
    *,
    kinds: Sequence[str] = (),
    owner: str = DATA_ENGINEERING,
    deps: Sequence[dg.AssetKey] = (),
    metadata: dict[str, Any] | None = None,
) -> dg.AssetSpec:
    """The asset schema/table: materialised by one of our functions or, as an external asset, by another process."""
    return dg.AssetSpec(
        key=dg.AssetKey([schema, table]),
        group_name=schema,
        description=description,
        owners=[owner],
        kinds=set(kinds),
        deps=deps,
        metadata=metadata,
    )
