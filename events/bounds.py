"""The bounded types that every field of the contract is made of, so that a new field has bounds from its first day.

A text is limited in characters (at most four bytes each). What becomes a key of the warehouse stays under the 2,704
bytes of an index row of Postgres; what people read may be longer, and is cut rather than refused (`CUT`). `unbounded`
finds a field without bounds; a test asks it about every type of the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from msgspec import Meta, Struct, inspect

KEY_CHARACTERS = 255  # up to 1,020 bytes
MAX_ITEMS = 1_000  # of a list: an event of 32 KB holds no more products
CUT = {"cut": True}  # a longer text is cut to its limit by the collector; other texts are refused
CAPITALS = {"capitals": True}  # small letters are taken, too

Number = Annotated[int, Meta(ge=-(10**15), le=10**15)]
Identifier = Annotated[str, Meta(min_length=1, max_length=KEY_CHARACTERS)]
Id = Identifier | Number  # of the shop's: a text or a whole number
Key = Annotated[str, Meta(max_length=KEY_CHARACTERS)]  # what tables are grouped by: a category, a device, a campaign
Code = Annotated[str, Meta(max_length=100)]
Label = Annotated[str, Meta(max_length=KEY_CHARACTERS, extra=CUT)]
Text = Annotated[str, Meta(max_length=1_000, extra=CUT)]  # what people read: names, titles, searches
Url = Annotated[str, Meta(max_length=2_000, extra=CUT)]
Amount = Annotated[float, Meta(ge=-1e15, le=1e15)]
Money = Annotated[float, Meta(ge=0, le=1_000_000_000)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Position = Annotated[int, Meta(ge=0, le=1_000_000)]
Rank = Annotated[int, Meta(ge=1, le=10_000)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217", extra=CAPITALS)]


class Bounded(Struct, kw_only=True, omit_defaults=True, gc=False):
    """Base of every part of an event; what was not said is not written."""


def unbounded(model: type[Struct]) -> Iterator[str]:
    """The fields of a struct, and of those it holds, whose values could grow without limit; as dotted names."""
    yield from _unbounded(inspect.type_info(model), model.__name__, frozenset())


def _unbounded(kind: Any, name: str, above: frozenset[type]) -> Iterator[str]:
    match kind:
        case inspect.Metadata():
            yield from _unbounded(kind.type, name, above)
        case inspect.StructType():
            if kind.cls not in above:
                for field in kind.fields:
                    yield from _unbounded(field.type, f"{name}.{field.name}", above | {kind.cls})
        case inspect.UnionType():
            for one in kind.types:
                yield from _unbounded(one, name, above)
        case inspect.StrType():
            if kind.max_length is None:
                yield name
        case inspect.IntType() | inspect.FloatType():
            if (kind.ge is None and kind.gt is None) or (kind.le is None and kind.lt is None):
                yield name
        case inspect.ListType() | inspect.DictType():
            if kind.max_length is None:
                yield name
            if isinstance(kind, inspect.ListType):
                yield from _unbounded(kind.item_type, f"{name}[]", above)
            else:
                yield from _unbounded(kind.key_type, f"{name}.keys", above)
                yield from _unbounded(kind.value_type, f"{name}.values", above)
        case inspect.BoolType() | inspect.NoneType() | inspect.DateTimeType() | inspect.LiteralType():
            return
        case _:  # Any, and whatever the contract never had
            yield name
