"""Read the last day again: what the source wrote late, or with a clock behind ours, is not lost.

A connector may offer a look-back of its own, but not every stream keeps it: Shopify's asks the bulk streams for
the earlier records and then drops those that are older than the state (measured with 4.3.0). So the state that
we hand over is set back, and the state that comes back never falls behind the one saved.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any


def rewound(state: Any, by: timedelta) -> Any:
    """`state` with every moment in it set back; ids, flags and other values stay."""
    if isinstance(state, dict):
        return {name: rewound(value, by) for name, value in state.items()}
    moment = _moment(state)
    return (moment - by).isoformat() if moment else state


def not_before(new: Any, saved: Any) -> Any:
    """`new`, but no moment earlier than in `saved`: a window without records must not set us back for good."""
    if isinstance(new, dict) and isinstance(saved, dict):
        return {name: not_before(value, saved.get(name)) for name, value in new.items()}
    one, other = _moment(new), _moment(saved)
    return saved if one and other and other > one else new


def _moment(value: Any) -> datetime | None:
    """A string that is a date and a time with its offset."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
