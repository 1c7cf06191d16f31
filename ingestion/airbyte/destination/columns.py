"""Maps a stream's JSON schema to Postgres columns, and a JSON value to the text that COPY takes.

Types are those of Airbyte's Postgres destination 3.x. A converter gets the value as JSON text, never null, and
raises ValueError when the column cannot hold it; numbers are never converted to float.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

Converter = Callable[[bytes], str]

# of every table of Postgres and of every table of Airbyte's: a property may be called so, a column may not
RESERVED_NAMES = frozenset(
    {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}
    | {"_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta", "_airbyte_generation_id", "_airbyte_sequence"}
)
RESERVED_TABLES = frozenset({"_airbyte_state", "deleted_keys"})  # of ours in the same schema
# part of every row's digest: increase it when converters change, so that all rows are written again
LAYOUT_VERSION = "1"
_UNUSUAL = re.compile(r"""[\x00-\x1f\x7f"'\\%]""")  # legal in Postgres, but a trap for whoever writes SQL
MAX_NAME_BYTES = 63  # Postgres truncates longer names, and two of them could become equal
_MAX_BIGINT = 2**63 - 1
_PLAIN_NUMBER_LENGTH = 40  # a literal this short without an exponent always fits numeric

_text = msgspec.json.Decoder(str).decode


@dataclass(frozen=True)
class Column:
    """A top-level property of a stream, and name and Postgres type of the column that stores it."""

    property: str
    name: str
    type: str


def columns_of(json_schema: dict[str, Any]) -> list[Column]:
    """One column per top-level property, in the schema's order."""
    properties: dict[str, Any] = json_schema.get("properties") or {}
    return [Column(name, database_name(name), column_type(schema)) for name, schema in properties.items()]


def fingerprint(columns: Iterable[Column]) -> bytes:
    """Of the columns, 16 bytes: a new or wider one changes every row's digest, so that all are written again."""
    description = json.dumps([LAYOUT_VERSION, sorted((column.property, column.type) for column in columns)])
    return hashlib.blake2b(description.encode(), digest_size=16).digest()


def database_name(name: str, reserved: frozenset[str] = RESERVED_NAMES) -> str:
    """`name` as an identifier of at most 63 bytes, which is `name` itself whenever that can be.

    One that is too long, empty or `reserved`, or holds quotes, backslashes or control characters, is cut and cleaned
    and ends in a digest of the full name, so that two names never become one.
    """
    cleaned = _UNUSUAL.sub("_", name)
    encoded = cleaned.encode()
    if cleaned == name and name and name not in reserved and len(encoded) <= MAX_NAME_BYTES:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return encoded[: MAX_NAME_BYTES - 9].decode(errors="ignore") + "_" + digest


def column_type(schema: dict[str, Any]) -> str:
    """Postgres type of a property; one of several types gets the type that can hold all of them."""
    found: str | None = None
    for kind in _types(schema):
        found = kind if found is None else widened(found, kind)
    return found or "jsonb"


def widened(one: str, other: str) -> str:
    """The narrowest Postgres type that can hold the values of both."""
    if one == other:
        return one
    pair = {one, other}
    if "jsonb" in pair:
        return "jsonb"
    if pair == {"bigint", "numeric"}:
        return "numeric"
    if pair == {"date", "timestamptz"}:
        return "timestamptz"
    return "text"


def converter(column_type: str) -> Converter:
    """The function that converts a JSON value to the text of a column of this type; it raises ValueError.

    Raises KeyError for a type that `column_type` never returns.
    """
    return _CONVERTERS[column_type]


def _types(schema: dict[str, Any]) -> list[str]:
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return [kind for option in options for kind in _types(option)]
    declared = schema.get("type")
    names = declared if isinstance(declared, list) else [declared]
    return [_single_type(name, schema) for name in names if name != "null"]


def _single_type(name: str | None, schema: dict[str, Any]) -> str:
    if name == "string":
        zoned = not str(schema.get("airbyte_type", "")).endswith("without_timezone")
        if schema.get("format") == "date-time":
            return "timestamptz" if zoned else "timestamp"
        if schema.get("format") == "time":
            return "timetz" if zoned else "time"
        return "date" if schema.get("format") == "date" else "text"
    if name == "number":
        return "bigint" if schema.get("airbyte_type") == "integer" else "numeric"
    return {"integer": "bigint", "boolean": "boolean"}.get(name or "", "jsonb")


def _as_text(raw: bytes) -> str:
    return _text(raw) if raw[0] == 34 else raw.decode()


def _as_json(raw: bytes) -> str:
    return raw.decode()


def _as_boolean(raw: bytes) -> str:
    text = raw.strip(b'"').lower()
    if text not in (b"true", b"false"):
        raise ValueError("not a boolean")
    return text.decode()


def _as_numeric(raw: bytes) -> str:
    text = _literal(raw)
    if raw[0] != 34 and len(raw) <= _PLAIN_NUMBER_LENGTH and b"e" not in raw and b"E" not in raw:
        return text
    number = _decimal(text)
    # Postgres: 131072 digits before the point, 16383 after it
    if not number.is_finite() or number.adjusted() > 131_000 or int(number.as_tuple().exponent) < -16_000:
        raise ValueError("not a number that numeric can hold")
    return str(number)


def _as_bigint(raw: bytes) -> str:
    text = _literal(raw)
    if len(raw) <= 18 and raw.removeprefix(b"-").isdigit():
        return text
    number = _decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > 30 or number != number.to_integral_value():
        raise ValueError("not an integer")
    if not -_MAX_BIGINT - 1 <= int(number) <= _MAX_BIGINT:
        raise ValueError("outside bigint")
    return str(int(number))


@lru_cache(1024)  # the moments in a record are often equal
def _as_timestamptz(raw: bytes) -> str:
    moment = datetime.fromisoformat(_string(raw))
    return moment.isoformat() if moment.tzinfo else moment.isoformat() + "+00:00"


def _as_timestamp(raw: bytes) -> str:
    return datetime.fromisoformat(_string(raw)).replace(tzinfo=None).isoformat()


def _as_date(raw: bytes) -> str:
    text = _string(raw)
    return (date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text).date()).isoformat()


def _as_time(raw: bytes) -> str:
    return time.fromisoformat(_string(raw)).replace(tzinfo=None).isoformat()


def _as_timetz(raw: bytes) -> str:
    moment = time.fromisoformat(_string(raw))
    return moment.isoformat() if moment.tzinfo else moment.isoformat() + "+00:00"


def _string(raw: bytes) -> str:
    if raw[0] != 34:
        raise ValueError("not a string")
    return _text(raw)


def _literal(raw: bytes) -> str:
    """The digits of a number, which some sources send as a string."""
    if raw[:1] not in b'"-0123456789':
        raise ValueError("not a number")
    return _text(raw).strip() if raw[0] == 34 else raw.decode()


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise ValueError("not a number") from error


_CONVERTERS: dict[str, Converter] = {
    "text": _as_text,
    "jsonb": _as_json,
    "boolean": _as_boolean,
    "numeric": _as_numeric,
    "bigint": _as_bigint,
    "timestamptz": _as_timestamptz,
    "timestamp": _as_timestamp,
    "date": _as_date,
    "time": _as_time,
    "timetz": _as_timetz,
}
