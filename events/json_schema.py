"""The event contract as JSON Schema (draft 2020-12), made from its types: for readers and for other languages."""

from __future__ import annotations

import json as plain_json
from pathlib import Path
from typing import Any

from msgspec import Struct, json

from events.ecommerce import TRACK_PROPERTIES
from events.envelope import PROPERTIES, SCHEMA_VERSION, Envelope

FILE_NAME = f"clickstream_event.v{SCHEMA_VERSION}.json"


def event_schema() -> dict[str, Any]:
    """Schema of one record of the clicks topic. A schema cannot limit size, depth or NUL characters."""
    models: list[type[Struct]] = list(dict.fromkeys([*PROPERTIES.values(), *TRACK_PROPERTIES.values()]))
    (envelope, *references), definitions = json.schema_components([Envelope, *models], ref_template="#/$defs/{name}")
    of = dict(zip(models, references, strict=True))
    definitions["Envelope"]["properties"]["schemaVersion"]["maximum"] = SCHEMA_VERSION
    kinds = [_when({"type": kind}, {"properties": of[model]}) for kind, model in PROPERTIES.items()]
    events = [
        _when({"type": "track", "event": event}, {"properties": of[model]}) for event, model in TRACK_PROPERTIES.items()
    ]
    an_id = {"type": "string", "minLength": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:comptoir:clickstream_event:v{SCHEMA_VERSION}",
        "title": "Event of the clicks topic",
        "allOf": [
            envelope,
            {"anyOf": [{"required": [field], "properties": {field: an_id}} for field in ("anonymousId", "userId")]},
            _when({"type": "track"}, {"event": {"type": "string", "minLength": 1}}, required=["event"]),
            *kinds,
            *events,
        ],
        "$defs": definitions,
    }


def write_schema(folder: Path) -> Path:
    """Write the schema into `folder`, which is made when it is missing; returns the file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    path.write_text(as_text())
    return path


def as_text() -> str:
    """The file's text: the same for the same contract."""
    return plain_json.dumps(event_schema(), indent=2, ensure_ascii=False) + "\n"


def _when(equals: dict[str, str], then: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    """A rule: if the fields equal these texts, their schemas are those of `then`, and `required` ones are there."""
    constants = {field: {"const": text} for field, text in equals.items()}
    consequence: dict[str, Any] = {"properties": then} | ({"required": required} if required else {})
    return {"if": {"properties": constants, "required": list(equals)}, "then": consequence}
