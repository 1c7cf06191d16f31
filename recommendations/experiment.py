"""A permanent A/B test: a share of the visitors, the control arm, is shown no personal recommendations.

The arm is drawn by a hash of the visitor's id, so it stays the same on every page and needs no table. Visitors of the
control arm are shown what an unknown visitor is shown.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

Arm = Literal["treatment", "control"]

SALT = b"recommendations-1"  # a new experiment needs a new one, so that its arms are drawn independently


def arm_of(visitor_id: str, control_share: float) -> Arm | None:
    """The visitor's arm; None without an id, because such a visitor is shown the same in both arms.

    `control_share`: the share of visitors in the control arm, 0..1.
    """
    if not visitor_id:
        return None
    drawn = int.from_bytes(blake2b(visitor_id.encode(), key=SALT, digest_size=8).digest()) / 2**64
    return "control" if drawn < control_share else "treatment"
