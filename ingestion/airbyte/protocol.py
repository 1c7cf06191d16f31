"""Airbyte protocol v0: the JSON lines a connector prints, and the files it is given.

Only what a source with state per STREAM needs. Values inside a record stay as the connector wrote them
(`msgspec.Raw`), so a price keeps its digits and a nested object is not parsed and encoded again.
Spec: https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Raw

# what Postgres refuses in text and jsonb: NUL and lone surrogates
_UNSTORABLE_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Change(msgspec.Struct, frozen=True):
    """One entry of `_airbyte_meta.changes`: `field` was NULLED or TRUNCATED, and why."""

    field: str
    change: str
    reason: str


class RecordMeta(msgspec.Struct):
    """What the connector itself changed in a record."""

    changes: list[Change] | None = None


class Record(msgspec.Struct):
    """One record of a stream: `data` is one JSON object, `emitted_at` is in milliseconds since 1970."""

    stream: str
    data: Raw
    emitted_at: int
    meta: RecordMeta | None = None

    @property
    def changes(self) -> list[Change]:
        """Those in `meta`; empty when there are none."""
        return (self.meta and self.meta.changes) or []


class StreamDescriptor(msgspec.Struct):
    """Names a stream."""

    name: str


class StreamState(msgspec.Struct):
    """How far a stream was read, in the connector's own form."""

    stream_descriptor: StreamDescriptor
    stream_state: Raw = Raw(b"")  # empty: none


class StateStats(msgspec.Struct):
    """What the connector says about the records before a STATE."""

    record_count: float | None = msgspec.field(name="recordCount", default=None)


class State(msgspec.Struct):
    """A checkpoint of a stream. `source_stats.record_count`: number of its records since its previous STATE."""

    type: str = "LEGACY"
    stream: StreamState | None = None
    source_stats: StateStats | None = msgspec.field(name="sourceStats", default=None)


class Log(msgspec.Struct):
    """A log line of the connector."""

    level: str
    message: str


class ErrorTrace(msgspec.Struct):
    """An error of a stream, or of the run when no stream is named."""

    message: str
    internal_message: str | None = None
    stream_descriptor: StreamDescriptor | None = None


class Status(StrEnum):
    """How far the connector got with a stream."""

    STARTED = "STARTED"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"


class StatusTrace(msgspec.Struct):
    """A change of a stream's status."""

    stream_descriptor: StreamDescriptor
    status: Status


class Trace(msgspec.Struct):
    """`type` says which of the others is set; types we do not use carry none."""

    type: str
    error: ErrorTrace | None = None
    stream_status: StatusTrace | None = None


class Stream(msgspec.Struct):
    """A stream as the connector offers it; a key or cursor is a path of property names."""

    name: str
    json_schema: dict[str, Any]
    supported_sync_modes: list[str] = msgspec.field(default_factory=list)
    default_cursor_field: list[str] | None = None
    source_defined_primary_key: list[list[str]] | None = None

    @property
    def is_incremental(self) -> bool:
        """Whether the connector can continue from a state."""
        return "incremental" in self.supported_sync_modes

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Top-level properties that identify a record; empty when there is no key or a part of it is nested."""
        paths = self.source_defined_primary_key or []
        return tuple(path[0] for path in paths) if all(len(path) == 1 for path in paths) else ()

    @property
    def cursor(self) -> str | None:
        """Top-level property that says which of two versions of a record is newer; None when there is none."""
        path = self.default_cursor_field or []
        return path[0] if self.is_incremental and len(path) == 1 else None


class Catalog(msgspec.Struct):
    """Every stream the connector offers."""

    streams: list[Stream]


class Message(msgspec.Struct):
    """One line. `type` says which of the others is set; of SPEC, CONTROL and unknown types none is."""

    type: str
    record: Record | None = None
    state: State | None = None
    log: Log | None = None
    trace: Trace | None = None
    catalog: Catalog | None = None


_DECODER = msgspec.json.Decoder(Message)


def parse_line(line: bytes) -> Message | None:
    """The message of one line, or None when the line is not a message (connectors print other things, too).

    What Postgres cannot store (NUL, lone surrogates, invalid UTF-8, NaN) is removed from a record, and its
    `changes` say so. Raises nothing.
    """
    if _UNSTORABLE_ESCAPE.search(line) or not _is_utf8(line):
        return _parse_unclean(line)
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return _parse_unclean(line)


def configured_catalog(streams: list[Stream]) -> dict[str, Any]:
    """The content of the catalog file of a `read`: each stream incremental if it can be, else full refresh."""
    return {"streams": [_configured(stream) for stream in streams]}


def state_file(states: dict[str, Any]) -> list[dict[str, Any]]:
    """The content of the state file of a `read`, from the saved state of each stream."""
    return [
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}}
        for name, state in states.items()
    ]


def _configured(stream: Stream) -> dict[str, Any]:
    return {
        "stream": msgspec.to_builtins(stream),
        "sync_mode": "incremental" if stream.is_incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if stream.is_incremental else "overwrite",
        "cursor_field": stream.default_cursor_field or [],
        "primary_key": stream.source_defined_primary_key or [],
    }


def _is_utf8(line: bytes) -> bool:
    if line.isascii():
        return True
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parse_unclean(line: bytes) -> Message | None:
    """The slow way, for the rare line that must be cleaned value by value."""
    try:
        content = json.loads(line.decode(errors="replace"), parse_float=Decimal, parse_constant=lambda _: _NOT_A_NUMBER)
        record = content.get("record") if isinstance(content, dict) else None
        if not isinstance(record, dict) or not isinstance(record.get("data"), dict):
            return _DECODER.decode(_ENCODER.encode(_cleaned(content)))
        changes = []
        for name, value in list(record["data"].items()):
            cleaned = _cleaned(value)
            if cleaned is not value:
                reason = "DESTINATION_SERIALIZATION_ERROR"
                changes.append(Change(name, "NULLED" if cleaned is None else "TRUNCATED", reason))
            record["data"][_cleaned(name)] = cleaned
        message = _DECODER.decode(_ENCODER.encode(_cleaned(content)))
        if message.record and changes:
            message.record.meta = RecordMeta(message.record.changes + changes)
        return message
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None


_NOT_A_NUMBER = object()


def _cleaned(value: Any) -> Any:
    """`value` without what Postgres refuses; the same object when there was nothing to remove."""
    if value is _NOT_A_NUMBER:
        return None
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value) if _UNSTORABLE.search(value) else value
    if isinstance(value, list):
        items = [_cleaned(item) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if isinstance(value, dict):
        pairs = [(_cleaned(name), _cleaned(item)) for name, item in value.items()]
        same = all(new is old and name is key for (name, new), (key, old) in zip(pairs, value.items(), strict=True))
        return value if same else dict(pairs)
    return value
