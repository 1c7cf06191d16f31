"""The collector's OpenAPI 3.1 document, served at /openapi.json; the schema of an event comes from its type."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from msgspec import json

from collector.client_event import ClientEvent

SUMMARIES = {
    "/v1/batch": "Take a batch of events",
    "/v1/track": "Take one track event",
    "/v1/page": "Take one page view",
    "/v1/identify": "Take one identify: who the visitor is",
    "/v1/alias": "Take one alias: two ids of one visitor",
    "/v1/screen": "Take one screen of an app, which is its page view",
    "/v1/group": "Take one group: the company the visitor acts for",
}
REFUSALS = {
    "400": "The body holds no events (it is kept as one bad event), or is not in the announced coding",
    "401": "The write key is missing or wrong",
    "403": "This browser origin may not send events",
    "408": "The body came in too slowly",
    "413": "The body is too large, or holds too many events",
    "415": "The content coding is not gzip, deflate or identity",
    "429": "This visitor or address sends too much; Retry-After says when to send the same again",
    "503": "Kafka is away or too many events wait for it; Retry-After says when to send the same again",
}


@lru_cache
def description() -> bytes:
    """The OpenAPI document as JSON."""
    return json.encode(_document())


def _document() -> dict[str, Any]:
    [event], components = json.schema_components([ClientEvent], ref_template="#/components/schemas/{name}")
    paths: dict[str, Any] = {
        path: {"post": _post(summary, "Batch" if path == "/v1/batch" else event["$ref"].rpartition("/")[2])}
        for path, summary in SUMMARIES.items()
    }
    paths["/health"] = {"get": _get("Whether the process lives", "200")}
    paths["/ready"] = {"get": _get("Whether events would be taken now", "200", "503")}
    metrics = {"200": {"description": "Prometheus' text format", "content": {"text/plain": {}}}}
    paths["/metrics"] = {"get": {"summary": "What was counted", "responses": metrics}}
    paths["/openapi.json"] = {"get": _get("This document", "200")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Comptoir's click collector",
            "version": "1",
            "description": "Segment's HTTP tracking API: 200 when Kafka has acknowledged every event, good or bad.",
        },
        "paths": paths,
        "components": {
            "schemas": {**components, "Batch": _batch(event), "Receipt": _receipt(), "Refusal": _refusal()},
            "securitySchemes": {
                "writeKey": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The write key as user name, no password; or `writeKey` in the body, for beacons",
                }
            },
        },
    }


def _batch(event: dict[str, Any]) -> dict[str, Any]:
    common = {"writeKey": {"type": "string"}, "sentAt": {"type": "string", "format": "date-time"}}
    return {
        "type": "object",
        "required": ["batch"],
        "properties": {"batch": {"type": "array", "items": event}, "context": {"type": "object"}, **common},
    }


def _receipt() -> dict[str, Any]:
    counts = {name: {"type": "integer", "minimum": 0} for name in ("accepted", "rejected", "dropped")}
    return {
        "type": "object",
        "required": ["success", *counts],
        "properties": {"success": {"const": True}, **counts},
        "additionalProperties": False,
    }


def _refusal() -> dict[str, Any]:
    texts = {name: {"type": "string", "minLength": 1} for name in ("code", "message")}
    return {"type": "object", "required": ["success", *texts], "properties": {"success": {"const": False}, **texts}}


def _post(summary: str, body: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{body}"}
    return {
        "summary": summary,
        "security": [{"writeKey": []}],
        "requestBody": {
            "required": True,
            "description": "JSON, in either content type; text/plain spares a browser the preflight",
            "content": {"application/json": {"schema": schema}, "text/plain": {"schema": {"type": "string"}}},
        },
        "responses": {
            "200": _answer("Kafka has every event", "Receipt"),
            **{status: _answer(what, "Refusal") for status, what in REFUSALS.items()},
        },
    }


def _get(summary: str, *statuses: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "summary": summary,
        "responses": {status: {"description": summary, "content": content} for status in statuses},
    }


def _answer(what: str, schema: str) -> dict[str, Any]:
    return {
        "description": what,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
