"""An Airbyte API server for tests: every answer is built from airbyte-api's own models."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from airbyte_api import models
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.ports import find_free_port

CONNECTION_ID = "c0000000-0000-4000-8000-000000000001"


class FakeAirbyte:
    """`statuses` are what a started job goes through, one a look; `failures` are answers given first, per method."""

    def __init__(self) -> None:
        self.connection_names = ["shop"]
        self.statuses = ["pending", "running", "succeeded"]
        self.failures: dict[str, list[Response]] = {}
        self.jobs: dict[int, list[str]] = {}
        self.calls: list[str] = []
        self.tokens_given = 0
        self.tokens_valid: set[str] = set()
        self.loses_next_post = False

    @property
    def created(self) -> int:
        return sum(call == "POST /jobs" for call in self.calls)

    def app(self) -> Starlette:
        prefix = "/api/public/v1"
        return Starlette(
            routes=[
                Route(f"{prefix}/applications/token", self._token, methods=["POST"]),
                Route(f"{prefix}/connections", self._guarded(self._connections), methods=["GET"]),
                Route(f"{prefix}/jobs", self._guarded(self._jobs), methods=["GET", "POST"]),
                Route(f"{prefix}/jobs/{{id:int}}", self._guarded(self._job), methods=["GET", "DELETE"]),
            ]
        )

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        if form.get("client_secret") != "secret":
            return JSONResponse({}, 401)
        self.tokens_given += 1
        token = f"token-{self.tokens_given}"
        self.tokens_valid = {token}
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 900})

    def _guarded(self, endpoint: Any) -> Any:
        async def guarded(request: Request) -> Response:
            call = f"{request.method} {request.url.path.removeprefix('/api/public/v1')}"
            self.calls.append(call)
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme == "Bearer" and token not in self.tokens_valid:
                return JSONResponse({"detail": "expired"}, 401)
            if failures := self.failures.get(call):
                return failures.pop(0)
            return await endpoint(request)

        return guarded

    async def _connections(self, request: Request) -> Response:
        offset, limit = int(request.query_params["offset"]), int(request.query_params["limit"])
        page = [_connection(name) for name in self.connection_names[offset : offset + limit]]
        return _json(models.ConnectionsResponse(data=page))

    async def _jobs(self, request: Request) -> Response:
        if request.method == "GET":
            newest = sorted(self.jobs, reverse=True)[: int(request.query_params["limit"])]
            return _json(models.JobsResponse(data=[self._answer(number) for number in newest]))
        models.JobCreateRequest.model_validate(await request.json())
        number = len(self.jobs) + 1
        self.jobs[number] = list(self.statuses)
        if self.loses_next_post:
            self.loses_next_post = False
            return Response("gateway timeout", 504)
        return _json(self._answer(number))

    async def _job(self, request: Request) -> Response:
        number = request.path_params["id"]
        if request.method == "DELETE":
            self.jobs[number] = ["cancelled"]
        elif len(self.jobs[number]) > 1:
            self.jobs[number].pop(0)
        return _json(self._answer(number))

    def _answer(self, number: int) -> models.JobResponse:
        return models.JobResponse(
            connection_id=CONNECTION_ID,
            job_id=number,
            job_type=models.JobTypeEnum.SYNC,
            start_time="2026-01-01T00:00:00Z",
            status=models.JobStatusEnum(self.jobs[number][0]),
            rows_synced=42,
        )


@contextmanager
def serving(fake: FakeAirbyte) -> Iterator[str]:
    """Base URL of the API while it is served."""
    port = find_free_port()
    server = uvicorn.Server(uvicorn.Config(fake.app(), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}/api/public/v1"
    finally:
        server.should_exit = True
        thread.join(10)


def _json(answer: BaseModel) -> Response:
    return JSONResponse(answer.model_dump(by_alias=True, mode="json", exclude_none=True))


def _connection(name: str) -> models.ConnectionResponse:
    return models.ConnectionResponse(
        configurations=models.StreamConfigurations(streams=[]),
        connection_id=CONNECTION_ID,
        created_at=1,
        destination_id="d",
        name=name,
        schedule=models.ConnectionScheduleResponse(schedule_type=models.ScheduleTypeWithBasicEnum.MANUAL),
        source_id="s",
        status=models.ConnectionStatusEnum.ACTIVE,
        tags=[],
        workspace_id="w",
    )
