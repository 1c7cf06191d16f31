"""The rule of every column of currencies in raw."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from comptoir.currencies import known_currencies

UNKNOWN_CURRENCY = (
    "Warns: one buyer's currency that no list has is counted with two decimals; look it up before you book it."
)


def currencies_are_known(column: str) -> Expectation:
    """Each code of the column is one of ISO 4217, of today or of the past."""
    return gxe.ExpectColumnValuesToBeInSet(
        column=column,
        value_set=sorted(known_currencies()),
        severity=FailureSeverity.WARNING,
        notes=UNKNOWN_CURRENCY,
    )
