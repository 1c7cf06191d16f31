"""What is shown: days, days to compare them with, currency and filters, and the SQL conditions they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bi.marts import contracts
from bi.metrics import same_value
from bi.periods import Period


@dataclass(frozen=True)
class Choice:
    """The controls' values. `currency` None means all currencies, in the shop's own, which `shown_currency` names.

    `filters` are values by column. `today` is a day that is not over and has figures already.
    """

    period: Period
    compared: Period | None
    currency: str | None
    shown_currency: str
    filters: dict[str, str] = field(default_factory=dict)
    today: Period | None = None

    @property
    def amount(self) -> str:
        """How the columns of the chosen currency end."""
        return "amount" if self.currency else "shop_amount"

    def filters_of(self, mart: str) -> dict[str, str]:
        """Return the filters that the mart has a column for."""
        return {name: value for name, value in self.filters.items() if name in contracts()[mart].columns}

    def rows(self, mart: str, day: str | None, prefix: str = "", *, own: bool = True) -> str:
        """Return the SQL condition for the mart's rows of the period, the currency and, if `own`, its filters."""
        conditions = [f"{prefix}{day} between %(first_day)s and %(last_day)s"] if day else []
        if self.currency and "currency" in contracts()[mart].columns:
            conditions.append(f"{prefix}currency = %(currency)s")
        conditions += [same_value(name, prefix) for name in self.filters_of(mart) if own]
        return " and ".join(conditions) or "true"

    def parameters(self, period: Period | None = None) -> dict[str, Any]:
        """Return the values of the conditions' parameters, for the chosen period or another one."""
        shown = period or self.period
        named = {"currency": self.currency} if self.currency else {}
        return {"first_day": shown.first_day, "last_day": shown.last_day, **named, **self.filters}

    def file(self, name: str) -> str:
        """Return the name of a downloaded file: what it is, and its days."""
        return f"{name}_{self.period.first_day}_{self.period.last_day}"
