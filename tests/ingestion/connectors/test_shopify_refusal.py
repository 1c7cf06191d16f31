"""What Shopify's refusals say, in our words and codes alone: its sentences may quote a record."""

from __future__ import annotations

from typing import Any

import pytest

from ingestion.connectors.shopify.refusal import OF_A_TOKEN, code_in, why_no_token, why_query, why_status
from tests.support.quoting import OBJECTS, RECORDS, SAID, WORDS

QUERY = "query {\n  customers(first: 3) { edges }\n  shop { name }\n}"


def error(code: Any = None, *places: tuple[int, int], **more: Any) -> dict[str, Any]:
    """An entry of `errors`, with a sentence that quotes a person."""
    locations = [{"line": line, "column": column} for line, column in places]
    return {"message": SAID[0], "extensions": {"code": code}, "locations": locations, **more}


TOLD = {
    "ACCESS_DENIED at `customers`": [error("ACCESS_DENIED", (2, 3))],
    "undefinedField at `customers` at `shop`": [error("undefinedField", (2, 3), (3, 3))],
    "THROTTLED": [error("THROTTLED"), error("THROTTLED")],
    "MAX_COST_EXCEEDED; no code at `name`": [error("MAX_COST_EXCEEDED"), error(None, (3, 10))],
}


@pytest.mark.parametrize("told", TOLD)
def test_a_refused_query_is_told_by_code_and_place(told: str) -> None:
    assert why_query(TOLD[told], QUERY) == told


@pytest.mark.parametrize(
    "errors",
    [
        SAID,
        SAID[0],
        OBJECTS["errors"],
        RECORDS[0],
        [RECORDS[0], {"extensions": SAID, "locations": SAID}],
        [error(SAID[0], (9, 9), (-1, 3), (2**80, 1), locations=[{"line": SAID[0], "column": None}, 7])],
        [error(word) for word in WORDS],
        7,
    ],
)
def test_whatever_it_answers_nobody_is_quoted(errors: Any) -> None:
    told = why_query(errors, QUERY).lower()
    assert told and not [word for word in WORDS if word in told]


def test_a_status_is_explained_where_it_needs_it() -> None:
    assert why_status(401) == ": the access token is not valid"
    assert why_status(418) == ""


def test_a_code_is_a_code() -> None:
    assert code_in("INVALID") == "INVALID"
    assert {code_in(other) for other in (None, 7, "", "Lovelace", "lovelace", "Mrs Lovelace", "A B")} == {"no code"}


def test_a_refused_grant_is_told_by_the_standards_codes() -> None:
    for code in OF_A_TOKEN:
        assert why_no_token(b'{"error": "%s", "error_description": "%s"}' % (code.encode(), b"Mrs L")) == f": {code}"
    for other in (b'{"error": "Lovelace"}', b'{"error": 7}', b"<html>Lovelace", b"", b"[]"):
        assert why_no_token(other) == ""
