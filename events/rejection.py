"""Why a record is not an event: the reason codes of docs/event-contract.md."""

from __future__ import annotations

import re

from msgspec import DecodeError, Struct, ValidationError

MAX_DETAIL = 500  # characters

REASONS = frozenset(
    {
        "no_value",
        "invalid_json",
        "invalid_utf8",
        "nul_character",
        "too_large",
        "too_deep",
        "missing_field",
        "invalid_field",
        "invalid_timestamp",
        "unknown_version",
        "unreadable",
        "unstorable",
    }
)

# an odd number of backslashes before u0000: the character NUL, which Postgres' text and jsonb refuse
BACKSLASH = ord("\\")  # a byte as a number is found many times as fast as one in a text
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class UnknownVersionError(ValueError):
    """The record was written by a newer contract than this one."""


class Rejected(Struct, frozen=True):
    """An invalid record: `reason` is one of REASONS, `detail` says more to a person."""

    reason: str
    detail: str


def rejection(error: Exception) -> Rejected:
    """The reason code of an exception that decoding a record or `envelope.check` raised."""
    detail = str(error)[:MAX_DETAIL]
    match error:
        case RecursionError():
            reason = "too_deep"
        case UnicodeDecodeError():
            reason = "invalid_utf8"
        case ValidationError() if "missing required field" in detail:
            reason = "missing_field"
        case ValidationError():
            reason = "invalid_field"
        case DecodeError():
            reason = "invalid_json"
        case UnknownVersionError():
            reason = "unknown_version"
        case OverflowError():
            reason = "invalid_timestamp"
        case _:
            reason = "unreadable"
            detail = f"{type(error).__name__}: {detail}"
    return Rejected(reason, detail.replace("\0", ""))


def refuse_bytes(value: bytes, limit: int) -> Rejected | None:
    """What is wrong with the JSON of an event before it is decoded, if anything; `limit` in bytes."""
    if len(value) > limit:
        return Rejected("too_large", f"{len(value)} bytes, at most {limit} are taken")
    if BACKSLASH in value and b"\\u0000" in value and _NUL.search(value):
        return Rejected("nul_character", "a text holds the character NUL (\\u0000), which Postgres cannot store")
    return None
