"""A job on an Airbyte server: followed through every status, never started twice, cancelled when we are interrupted."""

from __future__ import annotations

from typing import Any

import pytest
from airbyte_api import models
from starlette.responses import Response

from ingestion.airbyte.server.client import AirbyteServerError, connected, security
from ingestion.airbyte.server.jobs import run_job
from tests.support.fake_airbyte_server import FakeAirbyte


@pytest.fixture
def connection_id(airbyte: FakeAirbyte) -> str:
    return airbyte.add_connection()


def run(base_url: str, connection_id: str, **options: Any) -> models.JobResponse:
    access = security(base_url, client_id=base_url, client_secret="secret")
    options = {"on_job": lambda job: None, "seconds": 60, "poll_seconds": 0.01, **options}
    with connected(base_url, access) as client:
        return run_job(client, connection_id, **options)


def test_a_job_is_started_and_followed_to_its_end(airbyte: FakeAirbyte, base_url: str, connection_id: str) -> None:
    airbyte.statuses = ["queued", "pending", "running", "incomplete", "running", "succeeded"]
    seen: list[str] = []
    job = run(base_url, connection_id, on_job=lambda job: seen.append(job.status.value))
    assert job.rows_synced == 42
    assert seen == ["queued", "pending", "running", "incomplete", "running", "succeeded"]
    assert airbyte.created == 1


def test_every_status_of_the_specification_is_an_end_or_waited_for(
    airbyte: FakeAirbyte, base_url: str, connection_id: str
) -> None:
    for status in models.JobStatusEnum:
        airbyte.statuses = [status.value, "failed"]
        ended = status.value in ("succeeded", "failed", "cancelled")
        assert run(base_url, connection_id).status.value == (status.value if ended else "failed")


@pytest.mark.parametrize("kind", ["sync", "refresh"])
def test_a_job_started_elsewhere_is_followed(
    airbyte: FakeAirbyte, base_url: str, connection_id: str, kind: str
) -> None:
    airbyte.add_job(connection_id, "succeeded")
    airbyte.add_job(connection_id, "running", "running", "succeeded", kind=kind)
    airbyte.add_job("another connection", "running")
    assert run(base_url, connection_id).job_id == 2
    assert airbyte.created == 0


def test_a_lost_answer_does_not_start_a_second_job(airbyte: FakeAirbyte, base_url: str, connection_id: str) -> None:
    airbyte.loses_next_post = True
    assert run(base_url, connection_id).job_id == 1
    assert airbyte.created == 1 and len(airbyte.jobs) == 1


def test_an_expired_token_is_renewed_half_way(airbyte: FakeAirbyte, base_url: str, connection_id: str) -> None:
    airbyte.statuses = ["running"] * 3 + ["succeeded"]

    def expire(job: models.JobResponse) -> None:
        if len(airbyte.jobs[job.job_id].statuses) == 3:
            airbyte.tokens_valid = set()

    assert run(base_url, connection_id, on_job=expire).status.value == "succeeded"
    assert airbyte.tokens_given == 2


def test_the_server_is_given_the_time_it_asks_for(airbyte: FakeAirbyte, base_url: str, connection_id: str) -> None:
    busy = [Response("slow down", 429, {"Retry-After": "1"}), Response("oops", 503, {"Retry-After": "1"})]
    airbyte.failures = {"POST /jobs": busy[:1], "GET /jobs/1": busy[1:]}
    assert run(base_url, connection_id).status.value == "succeeded"
    assert airbyte.calls.count("POST /jobs") == 2 and len(airbyte.jobs) == 1


def test_an_interruption_cancels_our_job(airbyte: FakeAirbyte, base_url: str, connection_id: str) -> None:
    def interrupt(job: models.JobResponse) -> None:
        if job.status is models.JobStatusEnum.RUNNING:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(base_url, connection_id, on_job=interrupt)
    assert airbyte.jobs[1].statuses == ["cancelled"]


def test_an_interruption_leaves_a_job_of_others_running(
    airbyte: FakeAirbyte, base_url: str, connection_id: str
) -> None:
    job = airbyte.add_job(connection_id, "running")

    def interrupt(_: models.JobResponse) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(base_url, connection_id, on_job=interrupt)
    assert job.statuses == ["running"]


def test_a_job_over_its_time_limit_is_cancelled(airbyte: FakeAirbyte, base_url: str, connection_id: str) -> None:
    airbyte.statuses = ["running"]
    with pytest.raises(AirbyteServerError, match="job 1 did not end within its time limit"):
        run(base_url, connection_id, seconds=0.05)
    assert airbyte.jobs[1].statuses == ["cancelled"]
