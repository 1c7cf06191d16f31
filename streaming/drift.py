"""Do stream and batch count alike? serving.pair_counts, kept click by click, against serving.pair_index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import psycopg

# an event may be counted by the stream and not landed yet, or come late, between the build and the comparison
TOLERATED = 0.001

COMPARE = """
    with

    stream as (
        select * from serving.pair_counts where week_start >= %(first)s and week_start < %(last)s
    ),

    batch as (
        select * from serving.pair_index where week_start >= %(first)s and week_start < %(last)s
    )

    select
        count(*),
        count(*) filter (
            where (stream.similar_weight, stream.together_weight)
                is distinct from (batch.similar_weight, batch.together_weight)
        ),
        coalesce(sum(
            abs(coalesce(stream.similar_weight, 0) - coalesce(batch.similar_weight, 0))
            + abs(coalesce(stream.together_weight, 0) - coalesce(batch.together_weight, 0))
        ), 0)::float8,
        coalesce(sum(batch.similar_weight + batch.together_weight), 0)::float8
    from stream
    full join batch using (week_start, product_id, neighbour_id)
"""


@dataclass(frozen=True)
class Drift:
    """Pairs in either of the two, how many of them differ, and the weight that differs as a share of the batch's."""

    pairs: int
    differing: int
    share: float

    @property
    def is_tolerable(self) -> bool:
        return self.share <= TOLERATED

    @property
    def message(self) -> str:
        """One sentence for a person."""
        if not self.differing:
            return f"Stream and batch count alike: {self.pairs:,} pairs."
        return (
            f"{self.differing:,} of {self.pairs:,} pairs differ between serving.pair_counts (stream) and "
            f"serving.pair_index (batch), {self.share:.2%} of the weight; up to {TOLERATED:.1%} is tolerated. "
            "More means that raw or the stream lost events: run the check counts_equal_recompute, which names them."
        )


def measure_drift(database_url: str, first_week: date, until: date) -> Drift:
    """Compare the weeks that begin in `first_week` <= Monday < `until`; build the index of these weeks first."""
    with psycopg.connect(database_url) as connection:
        [(pairs, differing, off, whole)] = connection.execute(COMPARE, {"first": first_week, "last": until}).fetchall()
    return Drift(pairs, differing, off / whole if whole else float(off > 0))
