"""An Airbyte API server for tests: every answer is built from airbyte-api's own models.

Its jobs go through `statuses`, one a look; or, with a `worker`, they do what the worker does.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from airbyte_api import models
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.serving_app import listening_socket, port_of, served

PREFIX = "/api/public/v1"
WORKSPACE = "w0000000-0000-4000-8000-000000000001"
SYNC_MODES = ["full_refresh_overwrite", "full_refresh_append"]
INCREMENTAL_MODES = [*SYNC_MODES, "incremental_append", "incremental_deduped_history"]


@dataclass
class Job:
    number: int
    connection_id: str
    kind: str
    statuses: list[str]
    rows: int = 42
    is_cancelled: threading.Event = field(default_factory=threading.Event)


Worker = Callable[[Job], str]  # does the job and gives its last status; runs in a thread of its own


class FakeAirbyte:
    """`failures` are answers given first, per method and path; `streams` what a source offers, and if incrementally."""

    def __init__(self) -> None:
        self.workspaces = {WORKSPACE: "Default Workspace"}
        self.sources: dict[str, dict[str, Any]] = {}
        self.destinations: dict[str, dict[str, Any]] = {}
        self.connections: dict[str, dict[str, Any]] = {}
        self.definitions: dict[str, dict[str, Any]] = {}
        self.streams: dict[str, bool] = {"orders": True, "products": True, "locations": False}
        self.jobs: dict[int, Job] = {}
        self.statuses = ["pending", "running", "succeeded"]
        self.worker: Worker | None = None
        self.failures: dict[str, list[Response]] = {}
        self.calls: list[str] = []
        self.tokens_given = 0
        self.tokens_valid: set[str] = set()
        self.loses_next_post = False

    def add_connection(self, name: str = "shop", streams: tuple[str, ...] = ("orders",), **other: Any) -> str:
        """A connection that somebody set up in Airbyte."""
        connection_id = f"c0000000-0000-4000-8000-{len(self.connections):012}"
        self.connections[connection_id] = {
            "configurations": {"streams": [{"name": stream} for stream in streams]},
            "connectionId": connection_id,
            "createdAt": 1,
            "destinationId": "d",
            "name": name,
            "schedule": {"scheduleType": "manual"},
            "sourceId": "s",
            "status": "active",
            "tags": [],
            "workspaceId": WORKSPACE,
            **other,
        }
        return connection_id

    def add_job(self, connection_id: str, *statuses: str, kind: str = "sync") -> Job:
        """A job that somebody started."""
        job = Job(len(self.jobs) + 1, connection_id, kind, list(statuses))
        self.jobs[job.number] = job
        return job

    @property
    def created(self) -> int:
        return sum(call == "POST /jobs" for call in self.calls)

    def app(self) -> Starlette:
        def guarded(path: str, endpoint: Any, *methods: str) -> Route:
            return Route(PREFIX + path, self._guarded(endpoint), methods=list(methods))

        return Starlette(
            routes=[
                Route(f"{PREFIX}/applications/token", self._token, methods=["POST"]),
                guarded("/workspaces", self._workspaces, "GET"),
                guarded("/workspaces/{id}/definitions/declarative_sources", self._definitions, "GET", "POST"),
                guarded("/workspaces/{id}/definitions/declarative_sources/{definition}", self._definition, "PUT"),
                guarded("/sources", self._sources, "GET", "POST"),
                guarded("/sources/{id}", self._source, "PATCH"),
                guarded("/destinations", self._destinations, "GET", "POST"),
                guarded("/streams", self._streams, "GET"),
                guarded("/connections", self._connections, "GET", "POST"),
                guarded("/connections/{id}", self._connection, "PATCH"),
                guarded("/jobs", self._jobs, "GET", "POST"),
                guarded("/jobs/{id:int}", self._job, "GET", "DELETE"),
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
            call = f"{request.method} {request.url.path.removeprefix(PREFIX)}"
            self.calls.append(call)
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme == "Bearer" and token not in self.tokens_valid:
                return JSONResponse({"detail": "expired"}, 401)
            if failures := self.failures.get(call):
                return failures.pop(0)
            return await endpoint(request)

        return guarded

    async def _workspaces(self, request: Request) -> Response:
        data = [
            {"dataResidency": "auto", "name": name, "notifications": {}, "workspaceId": workspace_id}
            for workspace_id, name in self.workspaces.items()
        ]
        return _answer(models.WorkspacesResponse, {"data": _page(request, data)})

    async def _definitions(self, request: Request) -> Response:
        if request.method == "GET":
            return _answer(models.DeclarativeSourceDefinitionsResponse, {"data": list(self.definitions.values())})
        wanted = models.CreateDeclarativeSourceDefinitionRequest.model_validate(await request.json())
        made = {"id": f"def-{len(self.definitions)}", "name": wanted.name, "manifest": wanted.manifest, "version": 1}
        self.definitions[made["id"]] = made
        return _answer(models.DeclarativeSourceDefinitionResponse, made)

    async def _definition(self, request: Request) -> Response:
        known = self.definitions[request.path_params["definition"]]
        wanted = models.UpdateDeclarativeSourceDefinitionRequest.model_validate(await request.json())
        known |= {"manifest": wanted.manifest, "version": known["version"] + 1}
        return _answer(models.DeclarativeSourceDefinitionResponse, known)

    async def _sources(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"data": _page(request, [_source(source) for source in self.sources.values()])})
        wanted = await request.json()
        definition = wanted.get("definitionId", "shopify-definition")
        source_id = f"source-{len(self.sources)}"
        self.sources[source_id] = {"sourceId": source_id, "createdAt": 1, **wanted, "definitionId": definition}
        return JSONResponse(_source(self.sources[source_id]))

    async def _source(self, request: Request) -> Response:
        known = self.sources[request.path_params["id"]]
        known["configuration"] = {**known["configuration"], **(await request.json())["configuration"]}
        return JSONResponse(_source(known))

    async def _destinations(self, request: Request) -> Response:
        if request.method == "GET":
            page = {"data": _page(request, list(self.destinations.values()))}
            return _answer(models.DestinationsResponse, page)
        wanted = models.DestinationCreateRequest.model_validate(await request.json())
        made = wanted.model_dump(by_alias=True, mode="json", exclude_none=True)
        made |= {"destinationId": f"dest-{len(self.destinations)}", "createdAt": 1, "definitionId": "postgres"}
        made["destinationType"] = "postgres"
        self.destinations[made["destinationId"]] = made
        return _answer(models.DestinationResponse, made)

    async def _streams(self, request: Request) -> Response:
        found = [
            models.StreamProperties(stream_name=name, sync_modes=INCREMENTAL_MODES if is_incremental else SYNC_MODES)
            for name, is_incremental in self.streams.items()
        ]
        return JSONResponse([stream.model_dump(by_alias=True, mode="json") for stream in found])

    async def _connections(self, request: Request) -> Response:
        if request.method == "GET":
            page = {"data": _page(request, list(self.connections.values()))}
            return _answer(models.ConnectionsResponse, page)
        wanted = models.ConnectionCreateRequest.model_validate(await request.json())
        made = wanted.model_dump(by_alias=True, mode="json", exclude_none=True)
        connection_id = self.add_connection(**made)
        return _answer(models.ConnectionResponse, self.connections[connection_id])

    async def _connection(self, request: Request) -> Response:
        known = self.connections[request.path_params["id"]]
        wanted = models.ConnectionPatchRequest.model_validate(await request.json())
        known |= wanted.model_dump(by_alias=True, mode="json", exclude_none=True)
        return _answer(models.ConnectionResponse, known)

    async def _jobs(self, request: Request) -> Response:
        if request.method == "GET":
            asked = request.query_params
            found = [
                job
                for job in reversed(self.jobs.values())
                if (job.connection_id, job.kind) == (asked["connectionId"], asked["jobType"])
            ]
            return _answer(models.JobsResponse, {"data": [_job(job) for job in found[: int(asked["limit"])]]})
        wanted = models.JobCreateRequest.model_validate(await request.json())
        job = self.add_job(wanted.connection_id, *self.statuses, kind=wanted.job_type.value)
        if self.worker:
            job.statuses = ["pending"]
            threading.Thread(target=self._work, args=(job, self.worker), daemon=True).start()
        if self.loses_next_post:
            self.loses_next_post = False
            return Response("gateway timeout", 504)
        return _answer(models.JobResponse, _job(job))

    def _work(self, job: Job, worker: Worker) -> None:
        job.statuses = ["running"]
        status = "failed"
        try:
            status = worker(job)
        except Exception:
            logging.getLogger(__name__).exception("job %s failed", job.number)
        job.statuses = ["cancelled" if job.is_cancelled.is_set() else status]

    async def _job(self, request: Request) -> Response:
        job = self.jobs[request.path_params["id"]]
        if request.method == "DELETE":
            job.is_cancelled.set()
            job.statuses = ["cancelled"]
        elif len(job.statuses) > 1:
            job.statuses.pop(0)
        return _answer(models.JobResponse, _job(job))


@contextmanager
def serving(fake: FakeAirbyte) -> Iterator[str]:
    """Base URL of the API while it is served."""
    bound = listening_socket()
    with served(fake.app(), bound):
        yield f"http://127.0.0.1:{port_of(bound)}{PREFIX}"


def _answer(model: type[BaseModel], content: dict[str, Any]) -> Response:
    valid = model.model_validate(content)
    return JSONResponse(valid.model_dump(by_alias=True, mode="json", exclude_none=True))


def _source(source: dict[str, Any]) -> dict[str, Any]:
    """As the server answers it: secrets hidden. The model is asked without the credentials, on which it fails."""
    kind = source["configuration"]["sourceType"]
    answer = {**source, "sourceType": kind}
    credentials = source["configuration"].get("credentials")
    models.SourceResponse.model_validate({**answer, "configuration": {"sourceType": "shopify", "shop": "x"}})
    if credentials:
        hidden = {**credentials, "api_password": "**********"}
        answer["configuration"] = {**source["configuration"], "credentials": hidden}
    return answer


def _job(job: Job) -> dict[str, Any]:
    return {
        "connectionId": job.connection_id,
        "jobId": job.number,
        "jobType": job.kind,
        "startTime": "2026-01-01T00:00:00Z",
        "status": job.statuses[0],
        "rowsSynced": job.rows,
    }


def _page(request: Request, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    offset, limit = int(request.query_params["offset"]), int(request.query_params["limit"])
    return items[offset : offset + limit]
