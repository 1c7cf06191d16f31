"""A query whose first rows a page shows and whose every row its export holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bi.reading import read, read_whole


@dataclass(frozen=True)
class Listing:
    """`statement` has its order and no limit; `limit` says how many rows are shown."""

    statement: str
    parameters: Mapping[str, Any]
    limit: int

    def shown(self) -> pd.DataFrame:
        """Read the rows that the page shows, cached. Raises MartsUnavailable."""
        return read(f"{self.statement.rstrip()}\n    limit {self.limit}", dict(self.parameters))

    def whole(self) -> pd.DataFrame:
        """Read all rows, past the cache, which a large export would fill. Raises MartsUnavailable."""
        return read_whole(self.statement, dict(self.parameters))
