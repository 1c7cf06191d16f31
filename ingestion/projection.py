"""Which properties of a stream's records are kept: the rest is dropped before anything is written.

An allow-list, so that what a shop platform adds tomorrow is not kept until somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ingestion.airbyte.protocol import Change

# property -> None: all of its value; a mapping: only these of an object, or of each object in a list
Kept = Mapping[str, "Kept | None"]

NOT_AS_DECLARED = "DESTINATION_TYPECAST_ERROR"

_fields = msgspec.json.Decoder(dict[str, Raw]).decode


def kept(names: str, **nested: Kept) -> Kept:
    """Name what is kept: `kept("id updated_at", customer=kept("id"))` is two whole and a part."""
    return {**dict.fromkeys(names.split()), **nested}


class Projection:
    """Cuts the records of one stream down to what is kept; values stay as the source wrote them."""

    def __init__(self, fields: Kept) -> None:
        self.fields = fields
        self._decode = msgspec.json.Decoder(_struct(fields)).decode
        self._nested: dict[str, Callable[[bytes], Any]] = {
            name: msgspec.json.Decoder(_type(inner)).decode for name, inner in fields.items() if inner is not None
        }

    def schema(self, json_schema: dict[str, Any]) -> dict[str, Any]:
        """The stream's JSON schema with the kept properties only."""
        properties = json_schema.get("properties") or {}
        return json_schema | {"properties": {name: x for name, x in properties.items() if name in self.fields}}

    def record(self, content: bytes) -> tuple[bytes, list[Change]]:
        """The JSON object with what is kept, and the changes made to it.

        A nested value of a shape that nobody declared is null afterwards: what is in it cannot be told. Raises
        msgspec.DecodeError when `content` is no JSON object.
        """
        try:
            return msgspec.json.encode(self._decode(content)), []
        except msgspec.ValidationError:
            found = {name: value for name, value in _fields(content).items() if name in self.fields}
        values: dict[str, Any] = dict(found)
        changes = []
        for name, decode in self._nested.items():
            if name in found:
                try:
                    values[name] = decode(bytes(found[name]))
                except msgspec.ValidationError:
                    values[name] = None
                    changes.append(Change(name, "NULLED", NOT_AS_DECLARED))
        return msgspec.json.encode(values), changes


def _struct(fields: Kept) -> Any:
    # numbered, because a property may be called as no attribute can
    numbered = {f"f{place}": name for place, name in enumerate(fields)}
    declared = [
        (number, Raw | UnsetType if fields[name] is None else _type(fields[name]) | UnsetType, UNSET)
        for number, name in numbered.items()
    ]
    return msgspec.defstruct("Kept", declared, rename=numbered)


def _type(fields: Kept | None) -> Any:
    inner: Any = _struct(fields or {})
    return inner | list[inner | None] | None
