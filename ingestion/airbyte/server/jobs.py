"""Jobs of an Airbyte connection: start one or adopt the running one, follow it, cancel it when interrupted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from airbyte_api import AirbyteAPI, api, models
from tenacity import Retrying, retry_if_exception, stop_after_attempt

from ingestion.airbyte.server.client import AirbyteServerError, call, is_temporary, wait

# not ended yet; `incomplete` is an attempt that failed and will be retried
RUNNING = frozenset(
    {
        models.JobStatusEnum.PENDING,
        models.JobStatusEnum.QUEUED,
        models.JobStatusEnum.RUNNING,
        models.JobStatusEnum.INCOMPLETE,
    }
)
POLL_SECONDS = 5.0

OnJob = Callable[[models.JobResponse], None]
log = logging.getLogger("comptoir.airbyte_jobs")


def run_job(
    client: AirbyteAPI,
    connection_id: str,
    on_job: OnJob,
    seconds: float,
    kind: models.JobTypeEnum = models.JobTypeEnum.SYNC,
    poll_seconds: float = POLL_SECONDS,
) -> models.JobResponse:
    """Start a job, or follow the one that is running already; returns it when it has ended, whatever its status.

    `on_job` gets every answer about it. A job started here is cancelled when we are interrupted, and after
    `seconds`, its time limit. Raises AirbyteServerError at the time limit.
    """
    job, is_ours = _adopt_or_start(client, connection_id, kind)
    try:
        return _follow(client, job, on_job, time.monotonic() + seconds, poll_seconds)
    except BaseException:  # also when the run is cancelled
        if is_ours:
            _cancel(client, job.job_id)
        raise


def _running_job(client: AirbyteAPI, connection_id: str) -> models.JobResponse | None:
    """The newest job of the connection if it is still running; the server runs one at a time."""
    for kind in (models.JobTypeEnum.SYNC, models.JobTypeEnum.REFRESH):
        request = api.ListJobsRequest(connection_id=connection_id, job_type=kind, limit=1, order_by="createdAt|DESC")
        answer = call(partial(client.jobs.list_jobs, request=request)).jobs_response
        for job in answer.data if answer else []:
            if job.status in RUNNING:
                return job
    return None


def _adopt_or_start(
    client: AirbyteAPI, connection_id: str, kind: models.JobTypeEnum
) -> tuple[models.JobResponse, bool]:
    """The running job or a new one, and whether it was started here.

    A POST whose answer was lost may have been carried out, so running jobs are listed again before it is repeated.
    """
    request = models.JobCreateRequest(connection_id=connection_id, job_type=kind)
    was_sent = False
    for attempt in Retrying(
        retry=retry_if_exception(is_temporary), wait=wait, stop=stop_after_attempt(6), reraise=True
    ):
        with attempt:
            if running := _running_job(client, connection_id):
                return running, was_sent
            was_sent = True
            created = call(partial(client.jobs.create_job, request=request, retries=None)).job_response
            if created:
                return created, True
    raise AirbyteServerError("the Airbyte server accepted the request for a job, but returned none: run again")


def _follow(
    client: AirbyteAPI, job: models.JobResponse, on_job: OnJob, deadline: float, poll_seconds: float
) -> models.JobResponse:
    on_job(job)
    request = api.GetJobRequest(job_id=job.job_id)
    while job.status in RUNNING:
        if time.monotonic() > deadline:
            raise AirbyteServerError(
                f"Airbyte job {job.job_id} did not end within its time limit: see its log in Airbyte"
            )
        time.sleep(poll_seconds)
        job = call(partial(client.jobs.get_job, request=request)).job_response or job
        on_job(job)
    return job


def _cancel(client: AirbyteAPI, job_id: int) -> None:
    """Best effort: the user must see the error that led here, not one of the cancellation."""
    try:
        call(partial(client.jobs.cancel_job, request=api.CancelJobRequest(job_id=job_id)))
    except Exception as error:
        log.warning("job %s could not be cancelled: %s", job_id, error)
