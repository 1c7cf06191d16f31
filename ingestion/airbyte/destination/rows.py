"""Turns a record into the values of its row: in one step when it matches the schema, else value by value."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw

from ingestion.airbyte.destination.columns import Column, converter
from ingestion.airbyte.protocol import Change

Value = str | int | bool | None
_NULL = Raw(b"null")
_BIGINT = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
# decoded by msgspec into what COPY takes; values of other types stay JSON text for a converter
_DECODED: dict[str, Any] = {"text": str | None, "boolean": bool | None, "bigint": _BIGINT | None}

_NOT_RENAMED = re.compile(r"""[\x00-\x1f"\\]""")  # msgspec takes no such name for a field

_fields = msgspec.json.Decoder(dict[str, Raw]).decode


def _value_by_value(content: bytes) -> Any:
    raise ValueError("a property has a name that no struct can have")


class RowReader:
    """Reads records of one stream; `unknown` collects the properties found that no column is declared for.

    `key` are the names of the columns that identify a row, `cursor` is the property that its versions are ordered by.
    """

    def __init__(self, columns: Sequence[Column], key: Collection[str] = (), cursor: str | None = None) -> None:
        self.unknown: set[str] = set()
        self._columns = columns
        self._known = {column.property for column in columns}
        self._slow = [(column.property, converter(column.type)) for column in columns]
        self._converted = [
            (place, converter(column.type)) for place, column in enumerate(columns) if column.type not in _DECODED
        ]
        self._decode = self._decoder()
        self._key = [(place, column.property) for place, column in enumerate(columns) if column.name in key]
        self._cursor = cursor

    def read(self, content: bytes) -> tuple[list[Value], list[Change]]:
        """The values of a record's JSON object, in the order of `columns`, and the changes made to them.

        A value that its column cannot hold becomes null. Raises msgspec.DecodeError when `content` is no JSON object.
        """
        try:
            values: list[Any] = list(msgspec.structs.astuple(self._decode(content)))[: len(self._columns)]
            for place, convert in self._converted:
                raw = bytes(values[place])
                values[place] = None if raw == b"null" else convert(raw)
        except ValueError:
            return self._read_slowly(content)
        return values, []

    def lacking(self, values: Sequence[Value], changes: Sequence[Change]) -> str | None:
        """The part of its key that a record lacks, or its cursor when that has a value of another type."""
        for place, name in self._key:
            if values[place] is None:
                return name
        return self._cursor if changes and any(change.field == self._cursor for change in changes) else None

    def _read_slowly(self, content: bytes) -> tuple[list[Value], list[Change]]:
        found = _fields(content)
        if new := found.keys() - self._known - self.unknown:
            self.unknown |= new
            self._decode = self._decoder()
        values: list[Value] = []
        changes = []
        for name, convert in self._slow:
            try:
                raw = bytes(found[name])
                values.append(None if raw == b"null" else convert(raw))
            except KeyError:
                values.append(None)
            except ValueError:
                values.append(None)
                changes.append(Change(name, "NULLED", "DESTINATION_TYPECAST_ERROR"))
        return values, changes

    def _decoder(self) -> Callable[[bytes], Any]:
        """A decoder that refuses a record with a value of another type or with a property not seen before."""
        properties = [column.property for column in self._columns]
        types = [_DECODED.get(column.type, Raw) for column in self._columns]
        names = [*properties, *sorted(self.unknown)]
        if any(_NOT_RENAMED.search(name) for name in names):
            return _value_by_value
        fields = [
            (f"f{place}", kind, None if kind is not Raw else _NULL)
            for place, kind in enumerate([*types, *(Raw for _ in self.unknown)])
        ]
        record = msgspec.defstruct(
            "Record",
            fields,
            rename={f"f{place}": name for place, name in enumerate(names)},
            forbid_unknown_fields=True,
        )
        return msgspec.json.Decoder(record).decode
