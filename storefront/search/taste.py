"""What a visitor likes, by the list that is recommended to them: such makers and kinds come a little earlier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import tantivy
from tantivy import Occur, Query

FACETS = ("brand", "category")
PLACES = 20  # of the list that are looked at


@dataclass(frozen=True, slots=True)
class Taste:
    """Per facet the values on the visitor's list and the share of its products that have each, 0 to 1."""

    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Mapping[str, Any]]) -> Taste:
        """The taste in cards of recommended products; those that are shown to everybody (`source`) say nothing."""
        own = [item for item in items if item["source"] == "visitor"][:PLACES]
        counted = {facet: Counter(item[facet] for item in own if item[facet]) for facet in FACETS}
        found = {facet: values for facet, values in counted.items() if values}
        return cls({facet: {value: n / len(own) for value, n in values.items()} for facet, values in found.items()})

    @property
    def key(self) -> str:
        """The same for the same taste; empty without any."""
        return repr([(facet, sorted(values.items())) for facet, values in self.shares.items()]) if self.shares else ""

    def clauses(self, schema: tantivy.Schema, weight: float) -> list[tuple[Occur, Query]]:
        """Clauses that add up to `weight` to the score of a product, for each facet its value's share of that."""
        return [
            (Occur.Should, Query.const_score_query(Query.term_query(schema, facet, value, "basic"), weight * share))
            for facet, values in self.shares.items()
            for value, share in values.items()
        ]


NO_TASTE = Taste()
