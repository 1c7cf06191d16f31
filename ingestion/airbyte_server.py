"""Sync a connection on an Airbyte server (self-managed or Cloud) and follow the job to its end.

The connection, with its source and destination, is set up in Airbyte; here it is found by name, so that nobody
copies ids. A job that is running already is followed instead of starting another; when we are interrupted, a
job that we started is cancelled.
API: https://reference.airbyte.com
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import httpx
from airbyte_api import AirbyteAPI, api, models
from airbyte_api.errors import AirbyteAPIError
from airbyte_api.utils import BackoffStrategy, RetryConfig
from tenacity import RetryCallState, Retrying, retry, retry_if_exception, stop_after_attempt, wait_exponential

# the server works on these; `incomplete` is an attempt that failed and will be tried again
RUNNING = frozenset(
    {
        models.JobStatusEnum.PENDING,
        models.JobStatusEnum.QUEUED,
        models.JobStatusEnum.RUNNING,
        models.JobStatusEnum.INCOMPLETE,
    }
)
log = logging.getLogger("comptoir.airbyte_server")

PAGE = 100
POLL_SECONDS = 5.0

OnJob = Callable[[models.JobResponse], None]
T = TypeVar("T")


class AirbyteServerError(Exception):
    """The server could not do what it was asked; the message is one sentence for the user."""


def security(
    base_url: str, *, client_id: str = "", client_secret: str = "", username: str = "", password: str = ""
) -> models.Security:
    """Client credentials of an application (self-managed and Cloud), or basic authentication."""
    if client_id:
        # the package joins a relative token URL wrongly
        token_url = f"{base_url.rstrip('/')}/applications/token"
        credentials = models.SchemeClientCredentials(
            client_id=client_id, client_secret=client_secret, token_url=token_url
        )
        return models.Security(client_credentials=credentials)
    if username:
        return models.Security(basic_auth=models.SchemeBasicAuth(username=username, password=password))
    raise AirbyteServerError("neither client credentials nor a user name is set for the Airbyte server")


def sync_on_server(
    base_url: str,
    access: models.Security,
    connection_name: str,
    on_job: OnJob = lambda job: None,
    seconds: float = 4 * 3600.0,
    poll_seconds: float = POLL_SECONDS,
) -> models.JobResponse:
    """Run one sync of the connection and return its succeeded job.

    `base_url` ends in `/api/public/v1` (self-managed) or is `https://api.airbyte.com/v1`. `on_job` sees every
    answer on the job. Raises AirbyteServerError when the server cannot be reached or refuses us, when there is
    no such connection, and when the job fails, is cancelled, or takes longer than `seconds`.
    """
    backoff = BackoffStrategy(initial_interval=500, max_interval=30_000, exponent=2, max_elapsed_time=180_000)
    client = AirbyteAPI(
        server_url=base_url.rstrip("/"),
        security=access,
        retry_config=RetryConfig("backoff", backoff, retry_connection_errors=True),
        timeout_ms=60_000,
    )
    with _one_sentence(base_url), client:
        connection_id = _find_connection(client, connection_name)
        job, is_ours = _adopt_or_start(client, connection_id)
        try:
            job = _follow(client, job, on_job, time.monotonic() + seconds, poll_seconds)
        except BaseException:  # also when the run is cancelled
            if is_ours:
                _cancel(client, job.job_id)
            raise
    if job.status is not models.JobStatusEnum.SUCCEEDED:
        raise AirbyteServerError(
            f"job {job.job_id} of connection {connection_name!r} ended as {job.status.value}; "
            f"its log is in Airbyte at {base_url}"
        )
    return job


def _find_connection(client: AirbyteAPI, name: str) -> str:
    known: list[tuple[str, str]] = []
    while True:
        request = api.ListConnectionsRequest(limit=PAGE, offset=len(known))
        answer = _call(partial(client.connections.list_connections, request=request)).connections_response
        page = answer.data if answer else []
        known += [(connection.name, connection.connection_id) for connection in page]
        if len(page) < PAGE:
            break
    found = [connection_id for other, connection_id in known if other == name]
    if len(found) == 1:
        return found[0]
    names = ", ".join(sorted(other for other, _ in known)) or "none"
    raise AirbyteServerError(f"{len(found)} Airbyte connections are called {name!r}; there are: {names}")


def _running_job(client: AirbyteAPI, connection_id: str) -> models.JobResponse | None:
    """The newest sync of the connection, if it is still running."""
    request = api.ListJobsRequest(
        connection_id=connection_id, job_type=models.JobTypeEnum.SYNC, limit=1, order_by="createdAt|DESC"
    )
    answer = _call(partial(client.jobs.list_jobs, request=request)).jobs_response
    jobs = answer.data if answer else []
    return next((job for job in jobs if job.status in RUNNING), None)


def _adopt_or_start(client: AirbyteAPI, connection_id: str) -> tuple[models.JobResponse, bool]:
    """The running sync, or a new one; and whether it is ours.

    A POST whose answer was lost may have been carried out, so before it is repeated we look again.
    """
    request = models.JobCreateRequest(connection_id=connection_id, job_type=models.JobTypeEnum.SYNC)
    was_sent = False
    for attempt in Retrying(
        retry=retry_if_exception(_is_temporary), wait=_wait, stop=stop_after_attempt(6), reraise=True
    ):
        with attempt:
            if running := _running_job(client, connection_id):
                return running, was_sent
            was_sent = True
            created = _call(partial(client.jobs.create_job, request=request, retries=None)).job_response
            if created:
                return created, True
    raise AirbyteServerError("the Airbyte server answered without a job")


def _follow(
    client: AirbyteAPI, job: models.JobResponse, on_job: OnJob, deadline: float, poll_seconds: float
) -> models.JobResponse:
    on_job(job)
    request = api.GetJobRequest(job_id=job.job_id)
    while job.status in RUNNING:
        if time.monotonic() > deadline:
            raise AirbyteServerError(f"job {job.job_id} did not end within its time limit and was cancelled")
        time.sleep(poll_seconds)
        job = _call(partial(client.jobs.get_job, request=request)).job_response or job
        on_job(job)
    return job


def _cancel(client: AirbyteAPI, job_id: int) -> None:
    """Best effort: we are leaving, and the reason for leaving is what the user must see."""
    try:
        _call(partial(client.jobs.cancel_job, request=api.CancelJobRequest(job_id=job_id)))
    except Exception as error:
        log.warning("job %s could not be cancelled: %s", job_id, error)


def _is_temporary(error: BaseException) -> bool:
    """Worth another try: no answer, too many requests, a conflict with a job just started, a server's error."""
    if isinstance(error, AirbyteAPIError):
        return error.status_code in (409, 429) or error.status_code >= 500
    return isinstance(error, httpx.TransportError)


def _wait(state: RetryCallState) -> float:
    """As long as the server asks for, else exponentially longer."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.headers.get("retry-after", "") if isinstance(error, AirbyteAPIError) else ""
    return float(asked) if asked.isdigit() else float(wait_exponential(multiplier=0.5, max=30)(state))


def _is_unauthorised(error: BaseException) -> bool:
    return isinstance(error, AirbyteAPIError) and error.status_code == 401


@retry(retry=retry_if_exception(_is_unauthorised), stop=stop_after_attempt(2), reraise=True)
def _call(request: Callable[[], T]) -> T:
    """A token can expire half-way: the package forgets it on a 401, so the second try signs in again."""
    return request()


@contextmanager
def _one_sentence(base_url: str) -> Iterator[None]:
    try:
        yield
    except AirbyteAPIError as error:
        reason = " ".join(error.body.split())[:300]
        raise AirbyteServerError(f"the Airbyte server at {base_url} answered {error.status_code}: {reason}") from error
    except httpx.TransportError as error:
        raise AirbyteServerError(f"the Airbyte server at {base_url} cannot be reached: {error}") from error
    except Exception as error:
        if type(error) is not Exception:  # the package's own, from the token endpoint, has no class of its own
            raise
        raise AirbyteServerError(f"the Airbyte server at {base_url} did not let us in: {error}") from error
