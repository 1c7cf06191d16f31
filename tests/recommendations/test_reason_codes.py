from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.support.clicks import event
from comptoir.repository import REPOSITORY
from recommendations.reason_codes import CODES, OTHER, Reason, reason_of, sentence_in
from recommendations.reasons import SEEN, also_from, chosen_with, goes_with, popular_in, priced_like, viewed_with

TITLE = "Écran 27"
SAID = {
    SEEN: Reason("seen"),
    popular_in(""): Reason("popular"),
    popular_in("Laptops"): Reason("popular_in", "Laptops"),
    viewed_with(None): Reason("viewed_together"),
    viewed_with(TITLE): Reason("viewed_with", TITLE),
    goes_with(event("x"), lambda _: TITLE): Reason("viewed_with", TITLE),
    goes_with(event("x"), lambda _: None): Reason("viewed_with_own"),
    goes_with(event("x", kind="cart"), lambda _: None): Reason("viewed_with_cart"),
    goes_with(event("x", kind="purchase"), lambda _: None): Reason("viewed_with_bought"),
    chosen_with(None): Reason("chosen_together"),
    chosen_with(TITLE): Reason("chosen_with", TITLE),
    chosen_with(None, bought=2): Reason("bought_together"),
    chosen_with(TITLE, bought=2): Reason("bought_with", TITLE),
    also_from("Quillon"): Reason("same_brand", "Quillon"),
    priced_like(event("x"), lambda _: TITLE): Reason("same_price", TITLE),
    priced_like(event("x"), lambda _: None): Reason("same_price_as_own"),
    "Rated best by our customers": Reason("best_rated"),
}


@pytest.mark.parametrize(("sentence", "reason"), SAID.items(), ids=SAID)
def test_every_reason_has_a_code_and_french(sentence: str, reason: Reason) -> None:
    assert reason_of(sentence) == reason
    french = sentence_in("fr", sentence)
    assert french != sentence
    assert french.endswith(reason.subject or french)
    assert sentence_in("en", sentence) == sentence


def test_there_is_no_code_that_nothing_says_and_no_sentence_in_sql_without_one() -> None:
    assert {reason.code for reason in SAID.values()} | {OTHER} == set(CODES)
    written = Path(REPOSITORY / "streaming" / "serving_functions.sql").read_text(encoding="utf-8")
    (said,) = re.findall(r"array\['([^']+)'\]", written)
    assert reason_of(said).code == "best_rated"


def test_a_sentence_of_another_version_stays() -> None:
    assert reason_of("Because it is blue") == Reason(OTHER)
    assert sentence_in("fr", "Because it is blue") == "Because it is blue"
    assert reason_of("Popular in ") == Reason(OTHER)
