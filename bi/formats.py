"""How figures are formatted on the dashboard."""

from __future__ import annotations

from bi.metrics import Metric, Unit
from comptoir.currencies import currency_digits

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF ", "JPY": "¥"}
THIN_SPACE = "\u2009"


def figure(value: float | None, unit: Unit, currency: str) -> str:
    """Format a figure: "€12,345", "1,234", "12.3 %", or a dash for a missing one.

    Below 1,000 money has the decimals of its currency: "€12.34", "¥850", "KWD 12.345".
    """
    if value is None or value != value:
        return "–"
    if unit == "ratio":
        return f"{value * 100:.1f}{THIN_SPACE}%"
    if unit == "count":
        return f"{value:,.0f}"
    sign = SIGNS.get(currency, f"{currency} ")
    digits = 0 if abs(value) >= 1000 else currency_digits(currency)
    return f"{'−' if value < 0 else ''}{sign}{abs(value):,.{digits}f}"


def change(metric: Metric, now: float | None, before: float | None) -> str | None:
    """Format the change to the compared period: percent, or points for a ratio; None when there is none to compare."""
    if now is None or before is None or now != now or before != before:
        return None
    if metric.unit == "ratio":
        return f"{(now - before) * 100:+.1f} pt"
    return f"{(now - before) / abs(before):+.1%}" if before else None


def vega_money(currency: str) -> str:
    """Return the Vega expression that labels an axis with short amounts: €1.5k."""
    sign = SIGNS.get(currency, f"{currency} ")
    return f"(datum.value < 0 ? '−' : '') + '{sign}' + replace(format(abs(datum.value), '~s'), 'G', 'B')"
