"""Who is shown personal recommendations: an A/B test that never ends, of a share of the visitors.

A visitor's arm is a hash of their id, so that it stays the same on every page and needs no table. Those of the
control arm are shown what a stranger is shown.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

Arm = Literal["treatment", "control"]

SALT = b"recommendations-1"  # another experiment draws anew


def arm_of(visitor_id: str, control_share: float) -> Arm | None:
    """The visitor's arm; None for a visitor without an id, who is shown the same in either."""
    if not visitor_id:
        return None
    drawn = int.from_bytes(blake2b(visitor_id.encode(), key=SALT, digest_size=8).digest()) / 2**64
    return "control" if drawn < control_share else "treatment"
