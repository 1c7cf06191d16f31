"""A condition is one thing that is wrong now; an alert is one that is kept, told once, and told when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

# owners of assets, as orchestration/specs.py writes them; COMPTOIR_ALERT_ROUTES says which channels are theirs
DATA_ENGINEERING = "team:data-engineering"
STOREFRONT = "team:storefront"
BI = "team:bi"

# what an alert can be about; docs/runbook.md has a heading for each
KINDS = (
    "postgres",
    "kafka",
    "process",
    "stream",
    "clicks",
    "disk",
    "certificate",
    "privacy",
    "dagster",
    "schedule",
    "sensor",
    "run",
    "gate",
    "check",
    "overdue",
    "stale",
    "cost",
    "metric",
    "channel",
    "watch",
)


class Severity(StrEnum):
    """ERROR: something does not work now. WARNING: it can wait until the morning, and does in quiet hours."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Condition:
    """One thing that is wrong now.

    `key` is kind/subject and stays the same for as long as the condition lasts. `rows` are examples without personal
    values. A condition is not told while one that matches `caused_by` (keys or patterns of fnmatch) is open: one cause
    is one message. `patience` is how long it must last before it is told.
    """

    key: str
    title: str
    cause: str
    severity: Severity = Severity.ERROR
    owners: tuple[str, ...] = (DATA_ENGINEERING,)
    rows: tuple[Mapping[str, Any], ...] = ()
    link: str = ""
    caused_by: tuple[str, ...] = ()
    patience: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        """Raises ValueError for a kind that the runbook does not know."""
        if self.kind not in KINDS:
            raise ValueError(f"{self.key} is of no kind that docs/runbook.md knows: {', '.join(KINDS)}.")

    @property
    def kind(self) -> str:
        """What stands before the first slash of the key."""
        return self.key.partition("/")[0]

    def is_covered_by(self, keys: Sequence[str]) -> bool:
        """Whether one of `keys` is its cause."""
        return any(key != self.key and fnmatchcase(key, pattern) for key in keys for pattern in self.caused_by)

    def as_json(self) -> dict[str, Any]:
        """The fields as values that become JSON; `condition_of` reads them back."""
        return asdict(self) | {"patience": self.patience.total_seconds()}


def condition_of(found: Mapping[str, Any]) -> Condition:
    """The condition that `as_json` wrote. Raises ValueError and TypeError for what it did not write."""
    lists = {name: tuple(found[name]) for name in ("owners", "rows", "caused_by")}
    given = {
        **found,
        **lists,
        "severity": Severity(found["severity"]),
        "patience": timedelta(seconds=found["patience"]),
    }
    return Condition(**given)


@dataclass
class Observed:
    """What a look at the platform found. Of `unknown` kinds nothing could be seen: their alerts stay as they are."""

    conditions: list[Condition] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
