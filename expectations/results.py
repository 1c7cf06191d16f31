"""The result of a gate, in plain values that Dagster, the dashboard and a terminal can show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SHOWN_ROWS = 3  # in a message and in Data Docs
SAMPLE_ROWS = 20  # in ops.failed_rows
MASK = "***"  # in place of a value that names a person


@dataclass(frozen=True)
class RuleResult:
    """The result of one rule on one table. `sample` has failed rows: their keys and the values that broke the rule."""

    rule: str
    table: str
    column: str
    success: bool
    checked_count: int | None
    failed_count: int
    sample: list[dict[str, Any]] = field(default_factory=list)
    is_blocking: bool = True
    error: str = ""  # why the rule could not be evaluated
    is_by_day: bool = False  # an operator accepts one of its days, not the rule
    acceptance: str = ""  # who accepted that it is broken, until when and why

    @property
    def blocks(self) -> bool:
        """Whether it shuts the gate: it blocks, is broken, and nobody accepted that."""
        return self.is_blocking and not self.success and not self.acceptance

    @property
    def accept_command(self) -> str:
        """The command with which an operator lets it pass."""
        days = [str(row["day"]) for row in self.sample if "day" in row] if self.is_by_day else []
        what = days[0] if days else f"--table {self.table}"
        return f'comptoir gate accept {self.rule} {what} --why "…"'

    @property
    def message(self) -> str:
        """One sentence: table, column, rule, how many rows, which, and who accepted it or how to accept it."""
        return f"{self._found}{self._answer}"

    @property
    def _answer(self) -> str:
        if self.acceptance:
            return f" It is {self.acceptance}."
        return f" If it is right: {self.accept_command}" if self.blocks else ""

    @property
    def _found(self) -> str:
        place = f"{self.table}.{self.column}" if self.column else self.table
        if self.error:
            return f"{place} could not be checked for {self.rule}: {self.error}."
        if self.success:
            return f"{place} passes {self.rule}."
        rows = "1 row" if self.failed_count == 1 else f"{self.failed_count} rows"
        shown = ", ".join(json.dumps(row, default=str, ensure_ascii=False) for row in self.sample[:SHOWN_ROWS])
        return f"{place} breaks {self.rule} in {rows}{': ' + shown if shown else ''}."


@dataclass(frozen=True)
class GateResult:
    """The results of all rules of a layer. The gate passes when every blocking rule holds; the others only warn."""

    layer: str
    run_id: str
    rules: list[RuleResult]
    seconds: float
    docs: Path | None = None  # first page of the Data Docs of this run

    @property
    def failures(self) -> list[RuleResult]:
        """Blocking rules that failed and that nobody accepted."""
        return [rule for rule in self.rules if rule.blocks]

    @property
    def warnings(self) -> list[RuleResult]:
        """Rules that failed and only warn, or that an operator accepted."""
        return [rule for rule in self.rules if not rule.success and not rule.blocks]

    @property
    def success(self) -> bool:
        """Whether no blocking rule failed."""
        return not self.failures

    @property
    def message(self) -> str:
        """One sentence for each broken rule that blocks, or one that the gate passed."""
        if self.success:
            warned = f", {len(self.warnings)} with a warning" if self.warnings else ""
            return f"gate_{self.layer} passed {len(self.rules)} rules{warned}."
        sentences = " ".join(rule.message for rule in self.failures)
        return f"gate_{self.layer} failed {len(self.failures)} of {len(self.rules)} rules. {sentences}"

    def as_dict(self) -> Mapping[str, Any]:
        """The fields with `success` and `message`, as values that become JSON."""
        return asdict(self) | {"success": self.success, "message": self.message}
