"""What a visitor agreed to, as it travels in `context.consent` of every event.

A client that says nothing is taken to have asked for itself (server-side Segment libraries never say), so
silence means yes; the shop's own pages always say. Segment's `categoryPreferences` are understood too.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

ANALYTICS = ("analytics", "Analytics")
PERSONALISATION = ("personalisation", "personalization", "Personalisation", "Personalization")


class Consent(Struct, frozen=True):
    """`analytics`: the event may be kept at all. `personalisation`: it may shape recommendations."""

    analytics: bool = True
    personalisation: bool = True


def consent_of(context: dict[str, Any]) -> Consent:
    """Read `context.consent`. A value that is there and is not true counts as no: doubt protects the visitor."""
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
