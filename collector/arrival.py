"""What the address of a page says of how the visitor came: the campaign's utm parameters and the click ids of ads.

A click id names one click of one person, so only which ids were there is kept, never their values. Sources: Google
Analytics' "Collect campaign data with custom URLs" (utm), and the advertisers' own pages on their click ids.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit

from collector.redaction import CACHED_CHARACTERS, MAX_CHARACTERS, MAX_PARAMETERS
from events.context import ClickId

CLICK_IDS: frozenset[str] = frozenset(get_args(ClickId))
# parameter -> field of the campaign
UTM = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "name",
    "utm_term": "term",
    "utm_content": "content",
}


def arrival_of(*pages: Any) -> tuple[dict[str, str], list[str]]:
    """The campaign and the click ids, in the order of the address, of the first page that says any; empty for none.

    `pages`: objects with `url` or `search` as clients send them, whatever they are; names count in any case.
    """
    for page in pages:
        if not isinstance(page, dict):
            continue
        for name in ("url", "search"):
            text = page.get(name)
            if isinstance(text, str) and "?" in text:
                campaign, click_ids = _read(text) if len(text) > CACHED_CHARACTERS else _cached_read(text)
                if campaign or click_ids:
                    return dict(campaign), list(click_ids)
    return {}, []


def _read(url: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    campaign: dict[str, str] = {}
    click_ids: dict[str, None] = {}
    try:
        parameters = parse_qsl(urlsplit(url[:MAX_CHARACTERS]).query, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        return (), ()
    for said, value in parameters:
        name = said.strip().lower().removeprefix("amp;")  # `&amp;` is how templates of mails write `&`
        value = value.strip()
        if value and name in UTM:
            campaign.setdefault(UTM[name], value)
        elif value and name in CLICK_IDS:
            click_ids[name] = None
    return tuple(campaign.items()), tuple(click_ids)


_cached_read = lru_cache(maxsize=4096)(_read)
