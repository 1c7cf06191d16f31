"""What a visitor agreed to: `context.consent` of every event.

An event without it counts as agreed: server-side Segment libraries never send it, and whoever uses them has to ask
the visitor first. The shop's own pages always send it. Segment's `categoryPreferences` are understood too.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

ANALYTICS = ("analytics", "Analytics")
PERSONALISATION = ("personalisation", "personalization", "Personalisation", "Personalization")


class Consent(Struct, frozen=True):
    """`analytics`: the event may be kept at all. `personalisation`: it may be used for recommendations."""

    analytics: bool = True
    personalisation: bool = True


def consent_of(context: dict[str, Any]) -> Consent:
    """Read `context.consent`. Any value but true counts as no: when in doubt, the visitor is protected."""
    given = context.get("consent")
    if given is None:
        return Consent()
    if not isinstance(given, dict):
        return Consent(analytics=False, personalisation=False)
    preferences = given.get("categoryPreferences")
    if isinstance(preferences, dict):
        given = given | preferences
    return Consent(_agreed(given, ANALYTICS), _agreed(given, PERSONALISATION))


def _agreed(given: dict[str, Any], names: tuple[str, ...]) -> bool:
    return all(given[name] is True for name in names if name in given)
