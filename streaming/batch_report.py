"""What a batch did, in numbers; also as a row that a Spark worker sends to the driver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields


@dataclass(frozen=True)
class BatchReport:
    """What a batch did."""

    rows: int
    replayed: int  # rows below the fence, counted before
    duplicates: int  # rows whose event id or purchase is known
    events: int  # counted
    visitors: int  # in the rows that were not replayed
    forgotten: int = 0  # events of before, of visitors who said no
    set_apart: int = 0  # records that cannot be counted, see poison.py

    @classmethod
    def total(cls, reports: Iterable[BatchReport]) -> BatchReport:
        """The sum of several; a visitor in two of them counts twice."""
        figures = [astuple(report) for report in reports] or [(0, 0, 0, 0, 0)]
        return cls(*map(sum, zip(*figures, strict=True)))


REPORT_NAMES = tuple(field.name for field in fields(BatchReport))
REPORT_SPARK_SCHEMA = ", ".join(f"{name} bigint" for name in REPORT_NAMES)
