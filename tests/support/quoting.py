"""Answers of a shop that quote a person, and a search for the person in what a sync told, logged and stored."""

from __future__ import annotations

import psycopg
from psycopg import sql
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.support.doors import ESCAPED, MAIL, PHONE, PLANTED

NUMBER = "191167"
WORDS = (*PLANTED, NUMBER)
PERSON = {"id": int(NUMBER), "email": MAIL, "phone": PHONE, "last_name": "Lovelace"}
SAID = f"'Mrs Lovelace' <{MAIL}>, {PHONE}, cannot be read: {PERSON}; see /customers/{NUMBER}?email={ESCAPED}"
OBJECTS = {"message": SAID, "errors": [{"message": SAID, "extensions": PERSON}]}
RECORD = {"id": "Lovelace", "updated_at": MAIL, "orders_count": "Lovelace", "note": PHONE}
HALF = f'{{"customers": [{{"id": {NUMBER}, "email": "{MAIL}", "last_name": "Lovelace", "note": "'

AT_ONCE = {"retry-after": "0.1"}  # where the connector asks for it

REFUSALS = {
    "refused": JSONResponse(OBJECTS, 403),
    "not accepted": JSONResponse({"errors": {"customer": [SAID]}}, 422, AT_ONCE),
    "a list of texts": JSONResponse(["Lovelace", MAIL], 400),
    "half a record": Response(HALF, 200, AT_ONCE, "application/json"),
    "a page of somebody else": Response(f"<html><p>Lovelace {MAIL}</p></html>", 200, AT_ONCE),
}
# one after the other, by a shop that is broken: the connectors repeat what they take for a passing fault
PASSING = (
    Response(f"<html><p>Lovelace {MAIL}</p></html>", 502, AT_ONCE),
    JSONResponse({"errors": {"customer": [SAID]}}, 503, AT_ONCE),
    PlainTextResponse("Mrs Lovelace broke it", 500, AT_ONCE),
)


def words_about(told: str, database: str) -> list[str]:
    """Those of `WORDS` that are in this text or in a row of the database."""
    everything = (told + rows_of(database)).lower()
    return [word for word in WORDS if word in everything]


def rows_of(database: str) -> str:
    """All rows of all tables, as one text."""
    with psycopg.connect(database) as connection:
        tables = connection.execute("select schemaname, tablename from pg_tables where schemaname !~ '^(pg_|inf)'")
        queries = [
            sql.SQL("select string_agg(row::text, '') from {} as row").format(sql.Identifier(*table))
            for table in tables.fetchall()
        ]
        return " ".join(str(connection.execute(query).fetchone()) for query in queries)
