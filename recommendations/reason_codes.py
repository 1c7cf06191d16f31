"""The reasons of recommendations as codes that do not change when a sentence is worded better, and in French.

Lists hold the English sentences of `recommendations.reasons`, as the stream and SQL read them; whoever shows them needs
their kind and what they name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")
OTHER = "other"  # a sentence of another version

# code -> (sentence, French); what ends with "…" goes on with a name. Whole sentences come before their beginnings.
_SENTENCES: dict[str, tuple[str, str]] = {
    "seen": ("You looked at this recently", "Vous l’avez regardé récemment"),
    "popular": ("Popular right now", "Populaire en ce moment"),
    "popular_in": ("Popular in …", "Populaire dans …"),
    "viewed_together": ("Also viewed with it", "Regardés ensemble"),
    "viewed_with_own": ("Also viewed with what you looked at", "Regardé avec ce que vous avez regardé"),
    "viewed_with_cart": ("Also viewed with what you put in your cart", "Regardé avec ce que contient votre panier"),
    "viewed_with_bought": ("Also viewed with what you bought", "Regardé avec ce que vous avez acheté"),
    "viewed_with": ("Also viewed with …", "Regardé avec …"),
    "chosen_together": ("Chosen together", "Choisis ensemble"),
    "chosen_with": ("Chosen with …", "Choisi avec …"),
    "bought_together": ("Often bought together", "Souvent achetés ensemble"),
    "bought_with": ("Often bought with …", "Souvent acheté avec …"),
    "same_brand": ("Also from …", "Aussi de …"),
    "same_price_as_own": ("Priced like what you look at now", "Au prix de ce que vous regardez"),
    "same_price": ("Priced like …", "Au prix de …"),
    "best_rated": ("Rated best by our customers", "Les mieux notés par nos clients"),
}
CODES = (*_SENTENCES, OTHER)


class Reason(NamedTuple):
    """Why a product is shown. `subject`: the title, brand or category that the sentence names, if any."""

    code: str
    subject: str | None = None


@lru_cache(maxsize=10_000)
def reason_of(sentence: str) -> Reason:
    """What a sentence of `recommendations.reasons` says."""
    for code, (english, _) in _SENTENCES.items():
        beginning = english.removesuffix("…")
        if beginning == english:
            if sentence == english:
                return Reason(code)
        elif sentence.startswith(beginning) and len(sentence) > len(beginning):
            return Reason(code, sentence.removeprefix(beginning))
    return Reason(OTHER)


def sentence_in(language: Language, sentence: str) -> str:
    """The sentence in a language; one that is not known stays as it is."""
    reason = reason_of(sentence)
    if language == "en" or reason.code == OTHER:
        return sentence
    return _SENTENCES[reason.code][1].removesuffix("…") + (reason.subject or "")
