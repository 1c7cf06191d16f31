"""Where numbers are signed, nobody is a customer by claiming it: an unsigned one is left out and counted."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import json

from benchmarks.support.collecting import PSEUDONYM_KEY
from benchmarks.support.in_process import BAD_TOPIC, InProcess
from privacy.pseudonym import pseudonym
from privacy.signed_user_id import is_signed, number_of, signed_user_id
from tests.support.client_messages import VISITOR, landed, message

SECRET, SERVER_KEY = "the shop's secret", "the-server-key"
SERVER = {b"authorization": b"Basic dGhlLXNlcnZlci1rZXk6"}
GLOBAL = "gid://shopify/Customer/42"
CUSTOMER = pseudonym("42", PSEUDONYM_KEY)
SIGNED = signed_user_id("42", SECRET)


def collector() -> InProcess:
    return InProcess(user_id_secret=SECRET, server_key=SERVER_KEY)


def sent(event: dict[str, Any], to: InProcess, headers: dict[bytes, bytes] | None = None) -> dict[str, Any]:
    """What stands in Kafka of the event."""
    assert to.post(body=json.encode({"batch": [event]}), headers=headers).status == 200
    return json.decode(to.sink.records[-1].value)


@pytest.mark.parametrize("number", ["42", GLOBAL])
def test_a_signed_number_is_the_customer_and_an_unsigned_one_a_visitor(number: str) -> None:
    asked = collector()
    assert sent(message(userId=signed_user_id(number, SECRET)), asked)["userId"] == CUSTOMER
    unsigned = sent(message(userId=number), asked)
    assert unsigned.get("userId") is None and unsigned["anonymousId"] == VISITOR
    assert b"collector_unproven_user_ids_total 1.0" in asked.get("/metrics").body


@pytest.mark.parametrize(
    "forged",
    [
        SIGNED[:-1] + ("0" if SIGNED[-1] != "0" else "1"),
        signed_user_id("42", "another secret"),
        signed_user_id("43", SECRET).replace("43.", "42."),
        "42." + "0" * 64,
        f"42.{SIGNED}",
        SIGNED.upper(),
        42,
    ],
)
def test_a_forged_signature_is_none(forged: str | int) -> None:
    found = sent(message(userId=forged), collector())
    assert found.get("userId") is None and CUSTOMER not in json.encode(found).decode()


def test_a_server_needs_no_signature_and_the_public_key_is_not_its_key() -> None:
    told = {key: value for key, value in message(userId="42").items() if key != "anonymousId"}
    found = sent(told, collector(), SERVER)
    assert (found["userId"], found["anonymousId"]) == (CUSTOMER, CUSTOMER)
    refused = collector()
    kept = sent(told, refused)  # by a browser: nobody's event
    assert refused.sink.records[-1].topic == BAD_TOPIC and CUSTOMER not in json.encode(kept).decode()
    closed = InProcess(user_id_secret=SECRET)  # no server key is set
    assert closed.post(body=b'{"batch":[]}', headers=SERVER).status == 401


def test_no_other_field_lets_one_in() -> None:
    joined = message("alias", userId=signed_user_id("7", SECRET), previousId="42")
    refused = collector()
    kept = sent(joined, refused)  # joins nothing to nobody
    assert refused.sink.records[-1].topic == BAD_TOPIC and CUSTOMER not in json.encode(kept).decode()
    joined["previousId"] = SIGNED
    assert sent(joined, collector())["properties"]["previousId"] == CUSTOMER
    refused = collector()
    kept = sent(message(userId="42", messageId={}), refused)  # breaks the contract, and may be landed once it does not
    assert refused.sink.records[-1].topic == BAD_TOPIC and "userId" not in kept
    no = {"type": "withdrawal", "messageId": "m", "userId": "42", "context": {"consent": {"analytics": False}}}
    silent = collector()
    silent.post(body=json.encode({"batch": [no]}))
    assert silent.sink.records == []  # nobody says no for somebody else


def test_without_the_switch_every_number_counts_and_a_signature_is_no_part_of_it() -> None:
    for number in ("42", SIGNED, f"  {SIGNED} "):
        asked = InProcess()
        assert sent(message(userId=number), asked)["userId"] == CUSTOMER
        assert [event["type"] for event in landed(asked)] == ["track"]


def test_the_signature_is_of_the_number_and_its_secret() -> None:
    # echo -n 42 | openssl dgst -sha256 -hmac secret
    assert signed_user_id("42", "secret") == "42.93c121e7aa437a1e01e3c512c6f0ce3c821a839025dca4408f85616de4aaee70"
    assert is_signed(SIGNED, SECRET) and not is_signed("42", SECRET) and not is_signed(SIGNED, "")
    assert number_of(SIGNED) == number_of("42") == "42"
