"""Reads the last day again, so that what the source wrote late, or with a clock that lagged, is not lost.

A connector may offer a look-back of its own, but not for every stream: Shopify's asks the bulk streams for the
earlier records and then drops those older than the state (measured with 4.3.0). So the state given to the connector
is set back, and the state it returns is never saved with an earlier moment than the saved one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any


def rewound(state: Any, by: timedelta) -> Any:
    """A copy of the JSON value `state` with every moment in it set back; ids, flags and other values stay."""
    if isinstance(state, dict):
        return {name: rewound(value, by) for name, value in state.items()}
    moment = _moment(state)
    return (moment - by).isoformat() if moment else state


def not_before(new: Any, saved: Any) -> Any:
    """`new`, but with no moment earlier than in `saved`: a read without records must not set the state back."""
    if isinstance(new, dict) and isinstance(saved, dict):
        return {name: not_before(value, saved.get(name)) for name, value in new.items()}
    one, other = _moment(new), _moment(saved)
    return saved if one and other and other > one else new


def _moment(value: Any) -> datetime | None:
    """The moment that a string with date, time and UTC offset stands for; None for any other value."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
