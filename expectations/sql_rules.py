"""Rules written in SQL, for what no column rule can say: a query for the rows that should not be."""

from __future__ import annotations

from typing import Literal

import great_expectations.expectations as gxe
from great_expectations.expectations.metadata_types import FailureSeverity


def no_rows(
    query: str, severity: Literal["critical", "warning"] = "critical", why: str | None = None
) -> gxe.UnexpectedRowsExpectation:
    """The rule that `query` finds nothing; `{batch}` in it is the table under the rule, with an alias of its own.

    Select the keys and the values at fault: they become the sample. Literal braces are doubled. `why` says why the
    rule blocks or only warns; Data Docs and docs/gates.md show it.
    """
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, severity=FailureSeverity(severity), notes=why)
