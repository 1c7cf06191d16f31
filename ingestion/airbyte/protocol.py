"""Airbyte protocol v0: the JSON lines a connector prints, and the files it is given.

Only what a STREAM-state source needs. Values inside a record stay as the connector wrote them
(`msgspec.Raw`), so a price keeps its digits and a nested object is not taken apart and put together again.
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

# what Postgres refuses in text and jsonb: NUL, and halves of a surrogate pair
_UNSTORABLE_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Change(msgspec.Struct, frozen=True):
    """One entry of `_airbyte_meta.changes`: what was done to a value, and why."""

    field: str
    change: str
    reason: str


class RecordMeta(msgspec.Struct):
    changes: list[Change] | None = None


class Record(msgspec.Struct):
    """`data` is one JSON object; `emitted_at` is in milliseconds since 1970."""

    stream: str
    data: Raw
    emitted_at: int
    meta: RecordMeta | None = None

    @property
    def changes(self) -> list[Change]:
        return (self.meta and self.meta.changes) or []


class StreamDescriptor(msgspec.Struct):
    name: str
    namespace: str | None = None


class StreamState(msgspec.Struct):
    stream_descriptor: StreamDescriptor
    stream_state: Raw = Raw(b"")  # empty: none


class StateStats(msgspec.Struct):
    record_count: float | None = msgspec.field(name="recordCount", default=None)


class State(msgspec.Struct):
    """`source_stats.record_count`: records of this stream since its previous STATE."""

    type: str = "LEGACY"
    stream: StreamState | None = None
    source_stats: StateStats | None = msgspec.field(name="sourceStats", default=None)


class Log(msgspec.Struct):
    level: str
    message: str


class ErrorTrace(msgspec.Struct):
    message: str
    internal_message: str | None = None
    failure_type: str | None = None
    stream_descriptor: StreamDescriptor | None = None


class Status(StrEnum):
    STARTED = "STARTED"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"


class StatusTrace(msgspec.Struct):
    stream_descriptor: StreamDescriptor
    status: Status


class Trace(msgspec.Struct):
    type: str
    error: ErrorTrace | None = None
    stream_status: StatusTrace | None = None


class Stream(msgspec.Struct):
    """A stream as the connector offers it; keys and cursor are paths of property names."""

    name: str
    json_schema: dict[str, Any]
    supported_sync_modes: list[str] = msgspec.field(default_factory=list)
    default_cursor_field: list[str] | None = None
    source_defined_primary_key: list[list[str]] | None = None

    @property
    def is_incremental(self) -> bool:
        return "incremental" in self.supported_sync_modes

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Top-level properties that identify a record; empty when there is no key, or a nested one."""
        paths = self.source_defined_primary_key or []
        return tuple(path[0] for path in paths) if all(len(path) == 1 for path in paths) else ()

    @property
    def cursor(self) -> str | None:
        path = self.default_cursor_field or []
        return path[0] if self.is_incremental and len(path) == 1 else None


class Catalog(msgspec.Struct):
    streams: list[Stream]


class Message(msgspec.Struct):
    """One line. `type` says which of the others is set; SPEC, CONTROL and unknown types carry none."""

    type: str
    record: Record | None = None
    state: State | None = None
    log: Log | None = None
    trace: Trace | None = None
    catalog: Catalog | None = None


_DECODER = msgspec.json.Decoder(Message)


def parse_line(line: bytes) -> Message | None:
    """The message of one line, or None when the line is not one (connectors print other things, too).

    What cannot be stored in Postgres (NUL, lone surrogates, invalid UTF-8, NaN) is taken out of a record,
    and its `changes` say so.
    """
    if _UNSTORABLE_ESCAPE.search(line) or not _is_utf8(line):
        return _parse_unclean(line)
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return _parse_unclean(line)


def configured_catalog(streams: list[Stream]) -> dict[str, Any]:
    """The catalog file of a `read`: every stream the best way it offers."""
    return {"streams": [_configured(stream) for stream in streams]}


def state_file(states: dict[str, Any]) -> list[dict[str, Any]]:
    """The state file of a `read`, from the saved state of each stream."""
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
    """The slow way, for the rare line that must be taken apart and cleaned."""
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
    """`value` without what Postgres refuses; the same object when it was clean."""
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
