"""Mail addresses in what is kept: typed into a search, carried by a link, put into a title. They are masked.

GA4 does so too ("Data redaction" in its help). A search, a path or a campaign that holds one is still counted.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import json

from privacy.mail_addresses import ESCAPED_SIGN, has_mail_address, without_mail_addresses
from privacy.pseudonym import pseudonym

AT, PERCENT = b"@%"
ESCAPED = re.compile(ESCAPED_SIGN.encode())  # linear, as nothing in it overlaps; faster than RE2 on short texts
WIDE = "＠".encode()  # of keyboards that write full-width signs
IDS = ("messageId", "sessionId")  # what tells events and visits apart must go on telling them apart
_decoder, _encoder = json.Decoder(), json.Encoder()


def mask_event(event: bytes, key: str) -> bytes:
    """The event, a JSON object, with each address masked; an id that holds one becomes its pseudonym by `key`.

    An event without the sign of an address, as nearly all are, is the same object again.
    """
    # a byte as a number is found eight times as fast as one in a text
    if not (AT in event or (PERCENT in event and ESCAPED.search(event)) or (WIDE[0] in event and WIDE in event)):
        return event
    return _encoder.encode(_masked(_decoder.decode(event), "", key))


def _masked(value: Any, name: str, key: str) -> Any:
    if isinstance(value, str):
        if name in IDS:
            return pseudonym(value, key) if has_mail_address(value) else value
        return without_mail_addresses(value)
    if isinstance(value, dict):
        # a filter is named by whoever sends it
        return {without_mail_addresses(inner): _masked(field, inner, key) for inner, field in value.items()}
    return [_masked(item, name, key) for item in value] if isinstance(value, list) else value
