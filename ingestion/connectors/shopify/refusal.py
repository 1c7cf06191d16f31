"""Why Shopify refused a request, in our words: its own may quote a record, and more people read logs than raw.

Sources: Shopify's documentation of the Admin API's status codes and of GraphQL errors; GraphQL specification, section
7.1.2; RFC 6749, section 5.2.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

STATUSES = {
    401: "the access token is not valid",
    402: "the shop is frozen until its bill is paid",
    403: "the shop is locked, or the access token lacks a scope",
    404: "there is no such shop, or it no longer has this version of the API",
    406: "the shop does not take the request as ours",
    423: "the shop is locked",
    430: "the shop takes us for an attacker",
}
OF_A_TOKEN = (
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
)
_CODE = re.compile(r"[A-Z]+(?:_[A-Z]+)*|[a-z]+(?:[A-Z][a-z]+)+")  # THROTTLED, ACCESS_DENIED, undefinedField
_WORD = re.compile(r"\w+")


class _TokenRefusal(msgspec.Struct):
    error: str


def why_status(status: int) -> str:
    """What an HTTP status means, after a colon; nothing when the number says it all."""
    return f": {STATUSES[status]}" if status in STATUSES else ""


def why_query(errors: Any, query: str) -> str:
    """Of each entry of an answer's `errors` its code, and the word of our `query` at which it points."""
    told = [_entry(error, query) for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return "; ".join(dict.fromkeys(told)) or "no code"


def code_in(text: Any) -> str:
    """`text` when it is the code of an error; else that there is none."""
    return text if isinstance(text, str) and _CODE.fullmatch(text) else "no code"


def why_no_token(body: bytes) -> str:
    """The `error` of a refused grant, after a colon; nothing when it is none of the standard's."""
    try:
        error = msgspec.json.decode(body, type=_TokenRefusal).error
    except msgspec.MsgspecError:
        return ""
    return f": {error}" if error in OF_A_TOKEN else ""


def _entry(error: dict[str, Any], query: str) -> str:
    extensions = error.get("extensions")
    code = code_in(extensions.get("code") if isinstance(extensions, dict) else None)
    places = error.get("locations")
    words = [_word_at(place, query) for place in places] if isinstance(places, list) else []
    return code + "".join(f" at `{word}`" for word in dict.fromkeys(words) if word)


def _word_at(place: Any, query: str) -> str:
    """The word of `query` at a place, `{"line", "column"}` from 1; empty when there is none."""
    try:
        found = _WORD.match(query.splitlines()[place["line"] - 1], place["column"] - 1)
    except (IndexError, KeyError, TypeError, OverflowError):
        return ""
    return found[0] if found else ""
