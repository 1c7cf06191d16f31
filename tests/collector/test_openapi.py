"""The collector does what its OpenAPI document says: schemathesis calls it in process, knowing only the document."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, settings
from msgspec import json
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from benchmarks.support.collecting import WRITE_KEY
from benchmarks.support.in_process import InProcess
from collector.app import EVENT_PATHS

COLLECTOR = InProcess()
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", COLLECTOR.app)
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
    ignored_auth,
)


def test_every_path_is_described() -> None:
    described = json.decode(COLLECTOR.get("/openapi.json").body)
    assert set(described["paths"]) == {*EVENT_PATHS, "/health", "/ready", "/metrics", "/openapi.json"}


@SCHEMA.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: schemathesis.Case) -> None:
    COLLECTOR.sink.records.clear()
    case.call_and_validate(auth=(WRITE_KEY, ""), checks=CHECKS)
