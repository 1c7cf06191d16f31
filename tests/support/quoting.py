"""Answers of a shop that quote a person, and a search for the person in what a sync told, logged and stored."""

from __future__ import annotations

from typing import Any

from msgspec import json
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.support.byte_search import tables_with
from tests.support.people import PEOPLE, PLANTED, Person

WORDS = [*PLANTED, *(str(person.number) for person in PEOPLE)]


def record_of(person: Person) -> dict[str, Any]:
    """Their record, as the shop has it."""
    return {"id": person.number, "email": person.mail, "phone": person.phone, "last_name": person.name.title()}


def said_of(person: Person) -> str:
    """A sentence that names them in any place, not only in quotes."""
    name, address = person.name.title(), f"/customers/{person.number}?email={person.escaped}"
    return f"{name} <{person.mail}>, {person.phone}, cannot be read: '{name} x' {record_of(person)}; see {address}"


RECORDS = [record_of(person) for person in PEOPLE]
SAID = [said_of(person) for person in PEOPLE]
OBJECTS = {"message": SAID[0], "errors": [{"message": said, "extensions": RECORDS[0]} for said in SAID]}
# with texts where numbers and moments should be
STRANGE = [
    {"id": one.name, "updated_at": one.mail, "orders_count": one.name.title(), "note": one.phone} for one in PEOPLE
]
HALF = json.encode({"customers": RECORDS}).decode()[:-30]

PAGE = f"<html><p>{' '.join(SAID)}</p></html>"
AT_ONCE = {"retry-after": "0.1"}  # where the connector asks for it

REFUSALS = {
    "refused": JSONResponse(OBJECTS, 403),
    "not accepted": JSONResponse({"errors": {"customer": SAID}}, 422, AT_ONCE),
    "a list of texts": JSONResponse([text for one in PEOPLE for text in (one.name, one.mail)], 400),
    "half a record": Response(HALF, 200, AT_ONCE, "application/json"),
    "a page of somebody else": Response(PAGE, 200, AT_ONCE),
}
# one after the other, by a shop that is broken: the connectors repeat what they take for a passing fault
PASSING = (
    Response(PAGE, 502, AT_ONCE),
    JSONResponse({"errors": {"customer": SAID}}, 503, AT_ONCE),
    PlainTextResponse(" broke it, ".join(SAID), 500, AT_ONCE),
)


def words_about(told: str, database: str) -> list[str]:
    """Those of `WORDS` that are in this text or in a row of the database."""
    found = [word for word in WORDS if word in told.lower()]
    return found + [f"{word} in {table}" for table, word in tables_with(database, WORDS)]
