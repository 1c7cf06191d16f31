"""What the reports tell: `reports.yml`, typed and checked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from bi.filters import FILTERS
from bi.links import PAGES
from bi.marts import contracts
from bi.metrics import Metric, load_metrics
from bi.texts import Language

REPORTS_FILE = Path(__file__).with_name("reports.yml")


class AlertRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a metric's figure of a day is an alert; the head of reports.yml explains the fields."""

    metric: str
    above: float | None = None
    below: float | None = None
    unusual: bool = False
    filters: dict[str, str] = {}

    @property
    def name(self) -> str:
        """What the rule is called, the same for as long as it is the same: "sessions_unusual_email"."""
        kind = "unusual" if self.unusual else "above" if self.above is not None else "below"
        return "_".join([self.metric, kind, *self.filters.values()]).lower().replace(" ", "_")

    def is_broken_by(self, figure: float) -> bool:
        """True when the figure is past a limit of the rule."""
        return (self.above is not None and figure > self.above) or (self.below is not None and figure < self.below)


class ReportSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as a whole."""

    digest: list[str]
    alerts: list[AlertRule] = []
    language: Language = "en"

    @property
    def metrics(self) -> list[Metric]:
        """The metrics of the digest."""
        return [load_metrics()[name] for name in self.digest]


@cache
def report_settings(file: Path = REPORTS_FILE) -> ReportSettings:
    """Read the file.

    Raises msgspec.ValidationError for a wrong entry, and ValueError that says which metric, limit or filter cannot be.
    """
    found = msgspec.yaml.decode(file.read_bytes(), type=ReportSettings)
    for name in [*found.digest, *(rule.metric for rule in found.alerts)]:
        metric = load_metrics().get(name)
        if metric is None or metric.day is None or metric.mart not in PAGES:
            raise ValueError(f"{file.name}: {name} is no metric that has days and a page of the dashboard.")
    for rule in found.alerts:
        if rule.unusual == (rule.above is not None or rule.below is not None):
            raise ValueError(
                f"{file.name}: {rule.metric} needs a limit (above, below) or `unusual: true`, and not both."
            )
        columns = contracts()[load_metrics()[rule.metric].mart].columns
        if wrong := [name for name in rule.filters if name not in FILTERS or name not in columns or rule.unusual]:
            raise ValueError(f"{file.name}: {rule.metric} cannot be narrowed by {', '.join(wrong)}.")
    names = [rule.name for rule in found.alerts]
    if len(set(names)) != len(names):
        raise ValueError(f"{file.name} has the same alert twice.")
    return found
