"""An event without consent counts as agreed; any value but true counts as no."""

from __future__ import annotations

from typing import Any

import pytest

from collector.consent import Consent, consent_of


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, Consent(True, True)),
        ({}, Consent(True, True)),
        ({"analytics": True, "personalisation": False}, Consent(True, False)),
        ({"analytics": False}, Consent(False, True)),
        ({"analytics": "false"}, Consent(False, True)),
        ({"analytics": 1}, Consent(False, True)),
        ({"categoryPreferences": {"Analytics": False, "Personalization": True}}, Consent(False, True)),
        ({"analytics": True, "categoryPreferences": {"Analytics": False}}, Consent(False, False)),
        ({"personalisation": False}, Consent(True, False)),
        # consent tools: of their categories only a known yes is a yes
        ({"categoryPreferences": {"C0001": True, "C0002": False}}, Consent(False, False)),
        ({"categoryPreferences": {"ANALYTICS": False}}, Consent(False, False)),
        ({"categoryPreferences": {"performance": True, "Functional": False}}, Consent(True, False)),
        ({"categoryPreferences": {"Advertising": True, "Functional": False}}, Consent(False, False)),
        ({"provider": "oneTrust", "allowedConsentIds": ["C0002", "C0003"]}, Consent(True, True)),
        (
            {"provider": "oneTrust", "allowedConsentIds": ["C0001"], "deniedConsentIds": ["C0002"]},
            Consent(False, False),
        ),
        ("no", Consent(False, False)),
        ([], Consent(False, False)),
    ],
)
def test_silence_means_yes_and_doubt_means_no(given: Any, expected: Consent) -> None:
    assert consent_of({"consent": given}) == expected
