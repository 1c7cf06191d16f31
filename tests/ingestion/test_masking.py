"""Of what is said about a record, its values go and what helps to mend it stays."""

from __future__ import annotations

import pytest

from ingestion.masking import own_words, start_of, without_values

SAID = {
    "KeyError: 'data'": "KeyError: 'data'",
    "the shop's orders can't be read, and it's late": "the shop's orders can't be read, and it's late",
    "2026-11-28 10:00:01 Read 1,500 records of orders": "2026-11-28 10:00:01 Read 1,500 records of orders",
    "'created_at' is missing in <class 'dict'>": "'created_at' is missing in <class 'dict'>",
    "ada@example.org is no date": "(mail) is no date",
    "GET /search.json?email=ada%40example.org answered 404": "GET /search.json?email=(mail) answered 404",
    "'Ada Lovelace' is not of type 'integer'": "'...' is not of type 'integer'",
    'invalid input syntax for type bigint: "12 rue Ada"': "invalid input syntax for type bigint: '...'",
    """no date: {"email": "ada@example.org", "name": {"first": "Ada"}} of orders""": "no date: {...} of orders",
    """{"type": "RECORD", "record": {"data": {"name": "Ada""": "{...}",
    "Response Code: 403, Response Text: Mrs Lovelace is locked": "Response Code: 403, Response Text: ...",
    "Try again later. (full error message is b'Mrs Lovelace')": "Try again later. (full error message is: ...",
    "code '400' and error message: 'Ada'. Response (body): '['Ada']'": "code '400' and error message: ...",
    "Request (body): 'None'. Response (body): '['Ada']'": "Request (body): 'None'. Response (body): ...",
    "Stream `users`: Shopify GraphQL request failed: Lovelace": "Stream `users`: Shopify GraphQL request failed: ...",
    "The BULK Job: `7` exited with FAILED, details: Lovelace": "The BULK Job: `7` exited with FAILED, details: ...",
    "status: 200, response: `Lovelace`. Trace: KeyError": "status: 200, response: ...",
    "the actual response data: Lovelace": "the actual response data: ...",
    "refused: <!DOCTYPE html><p>Mrs Lovelace</p>": "refused: <...>",
    'refused: ["Lovelace", "Ada"]': "refused: [...]",
    "not sent: b'Lovelace'": "not sent: '...'",
    'invalid input syntax for type bigint: "Lovelace"': "invalid input syntax for type bigint: '...'",
    'value "Lovelace" is out of range for type integer': "value '...' is out of range for type integer",
    "invalid literal for int() with base 10: 'Lovelace'": "invalid literal for int() with base 10: '...'",
    "could not convert string to float: 'Lovelace'": "could not convert string to float: '...'",
    "'Lovelace' is not of type 'integer'": "'...' is not of type 'integer'",
    "['orders', 'products'] have no \"email\"": "['orders', 'products'] have no \"email\"",
    "call +33 6 12 34 56 78 or +1 (555) 625-1199": "call (telephone) or (telephone)",
    "404 for url: https://shop/customers/191167.json": "404 for url: https://shop/customers/....json",
    "customer 191167 has no country": "customer ... has no country",
}


@pytest.mark.parametrize("text", SAID)
def test_values_go_and_names_stay(text: str) -> None:
    assert without_values(text) == SAID[text]


TRACEBACK = """\
Encountered an exception while reading stream orders
Traceback (most recent call last):
  File "/lib/source.py", line 12, in read
    raise RefusedError(why)
source.errors.RefusedError"""
OWN = {
    "GraphQL query failed for stream `orders`: Lovelace is locked": "GraphQL query failed for stream `orders`: ...",
    "Stream `orders`: Shopify GraphQL request failed: Lovelace": "Stream `orders`: Shopify GraphQL request failed: ...",
    "The Stream: `orders`, error occured: Lovelace": "The Stream: `orders`, error occured: ...",
    "HTTP Status Code: 401. Error: Unauthorized, Lovelace.": "HTTP Status Code: 401. Error: ...",
    "not read: response: `Lovelace`": "not read: ...",
    "status: 200, response: `Lovelace`": "status: 200, response: ...",
    "ImportError: no module named pandas": "ImportError: no module named pandas",
    "KeyError: 'lovelace'": "KeyError: ...",
    "customer: 12 rue Lovelace": "customer: ...",
    "no such customer: `Lovelace`": "no such customer: ...",
    "Magento refused http://shop/V1/orders (permission Magento_Sales::sales); check it": None,
    "no shop with the name 'my-shop'. Make sure it's valid.": None,
    f"{TRACEBACK}: Mrs Lovelace\n    is locked\nand says so": f"{TRACEBACK}: ...",
    "": None,
}


@pytest.mark.parametrize("text", OWN)
def test_an_error_is_told_up_to_what_it_quotes(text: str) -> None:
    assert own_words(text) == (text if OWN[text] is None else OWN[text])


def test_it_takes_no_longer_for_a_text_that_was_made_for_it() -> None:
    for nasty in ("'" * 200_000, "{" * 200_000, "+1 " * 70_000, "a@" * 100_000, "customer " * 20_000, ": 1" * 70_000):
        without_values(nasty)
        own_words(nasty)


def test_an_answer_is_cut_after_its_values_are_out() -> None:
    answer = '{"errors": [' + '"' + "Ada " * 200 + '"' + "]}"
    assert start_of(f"403  Forbidden\n{answer}") == "403 Forbidden {...}"
    assert start_of("refused: '" + "Ada " * 100 + "' is locked") == "refused: '...' is locked"
    assert len(start_of("refused " * 100)) == 200
