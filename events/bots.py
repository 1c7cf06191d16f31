"""Whether a user agent is a robot's, by two lists that others keep: crawler-user-agents and crawlerdetect.

The first knows crawlers by name, the second also tools, libraries and what merely calls itself a bot, with exceptions
for phones whose name looks like one (CUBOT). Both grow when the lock is made again. Their patterns run in RE2, whose
time is linear in the text: a visitor writes the user agent, and Python's `re` takes tens of milliseconds for a bad
one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any

import re2

ADDED = (r"\bsynthetics\b",)  # a monitor that both lists know by another spelling
MAX_LENGTH = 512  # characters that are looked at; a browser's user agent has under 300


def is_bot(user_agent: str) -> bool:
    """Whether a crawler, a monitor, a script or a browser without a person sent it. No user agent is no robot."""
    return _is_bot(user_agent[:MAX_LENGTH])


@lru_cache(maxsize=4096)  # few user agents make most events
def _is_bot(user_agent: str) -> bool:
    if not user_agent:
        return False
    names_crawler, exceptions, looks_like_one = _patterns()
    return names_crawler(user_agent) or looks_like_one(exceptions.sub("", user_agent))


@cache
def _patterns() -> tuple[Callable[[str], bool], Any, Callable[[str], bool]]:
    """Compiled at the first question: it takes a third of a second."""
    from crawlerdetect.providers.crawlers import data as crawlers
    from crawlerdetect.providers.exclusions import data as exclusions
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA

    named = (crawler["pattern"] for crawler in CRAWLER_USER_AGENTS_DATA)
    return (
        _any_of(named, ignores_case=False),
        _re2("|".join(exclusions), True),
        _any_of([*crawlers, *ADDED], ignores_case=True),
    )


def _any_of(patterns: Iterable[str], ignores_case: bool) -> Callable[[str], bool]:
    """Whether one of the patterns matches; the few with a look-ahead, which RE2 has not, stay with `re`."""
    looking_ahead = {pattern: "(?!" in pattern or "(?=" in pattern for pattern in patterns}
    linear = [pattern for pattern, ahead in looking_ahead.items() if not ahead]
    others = [pattern for pattern, ahead in looking_ahead.items() if ahead]
    found = _re2("|".join(linear), ignores_case)
    rest = [re.compile(pattern, re.IGNORECASE if ignores_case else 0) for pattern in others]
    return lambda text: found.search(text) is not None or any(pattern.search(text) for pattern in rest)


def _re2(pattern: str, ignores_case: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = not ignores_case
    options.never_capture = True
    options.max_mem = 64 << 20
    return re2.compile(pattern, options)
