"""What a visitor agreed to: `context.consent` of every event.

An event without it counts as agreed: server-side Segment libraries never send it, and whoever uses them has to ask
the visitor first. The shop's own pages always send it. Segment's `categoryPreferences` and lists of allowed and denied
categories are understood, in the words of any consent tool that the settings map.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

Purpose = Literal["analytics", "personalisation"]

# categories of consent tools, in lower case -> what they allow
CATEGORIES: dict[str, Purpose] = {
    "analytics": "analytics",
    "statistics": "analytics",
    "performance": "analytics",
    "measurement": "analytics",
    "c0002": "analytics",  # OneTrust: performance
    "personalisation": "personalisation",
    "personalization": "personalisation",
    "functional": "personalisation",
    "preferences": "personalisation",
    "c0003": "personalisation",  # OneTrust: functional
}


class Consent(Struct, frozen=True):
    """`analytics`: the event may be kept at all. `personalisation`: it may be used for recommendations."""

    analytics: bool = True
    personalisation: bool = True


MAX_CATEGORIES = 100
FULL = {"analytics": True, "personalisation": True}  # as our own tracker says it
GIVEN, REFUSED = Consent(), Consent(analytics=False, personalisation=False)


def consent_of(context: Mapping[str, Any], categories: Mapping[str, Purpose] = CATEGORIES) -> Consent:
    """Read `context.consent`. Any value but true counts as no: when in doubt, the visitor is protected.

    What `analytics` and `personalisation` themselves leave out is a yes, as without any consent. A consent tool's
    categories are another matter: of them only a yes that `categories` knows is a yes.
    """
    given = context.get("consent", context.get("consentManagement"))
    if given is None or given == FULL:
        return GIVEN
    if not isinstance(given, dict):
        return REFUSED
    answers = _tool_answers(given)
    said: dict[Purpose, bool] = {}
    for name, answer in (*given.items(), *answers):
        if purpose := categories.get(name.lower()):
            said[purpose] = said.get(purpose, True) and answer is True
    return Consent(said.get("analytics", not answers), said.get("personalisation", not answers))


def _tool_answers(given: dict[str, Any]) -> list[tuple[str, Any]]:
    """(category, answer) of a consent tool."""
    preferences = given.get("categoryPreferences")
    answers = list(preferences.items())[:MAX_CATEGORIES] if isinstance(preferences, dict) else []
    for name, answer in (("allowedConsentIds", True), ("deniedConsentIds", False)):
        ids = given.get(name)
        if isinstance(ids, list):
            answers += [(str(category), answer) for category in ids[:MAX_CATEGORIES]]
    return answers
