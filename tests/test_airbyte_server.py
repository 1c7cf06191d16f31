"""A sync on an Airbyte server: found by name, followed through every status, never started twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from airbyte_api import models
from starlette.responses import Response

from ingestion.airbyte_server import AirbyteServerError, security, sync_on_server
from local.ports import find_free_port
from tests.fake_airbyte_server import FakeAirbyte, serving


@pytest.fixture
def airbyte() -> FakeAirbyte:
    return FakeAirbyte()


@pytest.fixture
def base_url(airbyte: FakeAirbyte) -> Iterator[str]:
    with serving(airbyte) as url:
        yield url


def run(base_url: str, name: str = "shop", **options: Any) -> models.JobResponse:
    access = security(base_url, client_id=options.pop("client_id", base_url), client_secret="secret")
    return sync_on_server(base_url, access, name, **{"poll_seconds": 0.01, **options})


def test_a_sync_is_started_and_followed_to_its_end(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.statuses = ["queued", "pending", "running", "incomplete", "running", "succeeded"]
    seen: list[str] = []
    job = run(base_url, on_job=lambda job: seen.append(job.status.value))
    assert job.rows_synced == 42
    assert seen == airbyte.statuses
    assert airbyte.created == 1


def test_basic_authentication_needs_no_token(airbyte: FakeAirbyte, base_url: str) -> None:
    access = security(base_url, username="airbyte", password="password")
    assert sync_on_server(base_url, access, "shop", poll_seconds=0.01).status.value == "succeeded"
    assert airbyte.tokens_given == 0


def test_a_job_started_elsewhere_is_followed(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.jobs = {1: ["succeeded"], 2: ["running", "running", "succeeded"]}
    assert run(base_url).job_id == 2
    assert airbyte.created == 0


def test_a_lost_answer_does_not_start_a_second_job(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.loses_next_post = True
    assert run(base_url).job_id == 1
    assert airbyte.created == 1 and len(airbyte.jobs) == 1


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_job_that_does_not_succeed_is_one_sentence(airbyte: FakeAirbyte, base_url: str, status: str) -> None:
    airbyte.statuses = ["running", status]
    with pytest.raises(AirbyteServerError, match=f"job 1 of connection 'shop' ended as {status}"):
        run(base_url)


def test_an_expired_token_is_renewed_half_way(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.statuses = ["running"] * 3 + ["succeeded"]

    def expire(job: models.JobResponse) -> None:
        if len(airbyte.jobs[job.job_id]) == 3:
            airbyte.tokens_valid = set()

    assert run(base_url, on_job=expire).status.value == "succeeded"
    assert airbyte.tokens_given == 2


def test_the_server_is_given_the_time_it_asks_for(airbyte: FakeAirbyte, base_url: str) -> None:
    busy = [Response("slow down", 429, {"Retry-After": "1"}), Response("oops", 503, {"Retry-After": "1"})]
    airbyte.failures = {"POST /jobs": busy[:1], "GET /jobs/1": busy[1:]}
    assert run(base_url).status.value == "succeeded"
    assert airbyte.calls.count("POST /jobs") == 2 and len(airbyte.jobs) == 1


def test_an_interruption_cancels_our_job(airbyte: FakeAirbyte, base_url: str) -> None:
    def interrupt(job: models.JobResponse) -> None:
        if job.status is models.JobStatusEnum.RUNNING:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(base_url, on_job=interrupt)
    assert airbyte.jobs == {1: ["cancelled"]}


def test_an_interruption_leaves_a_job_of_others_running(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.jobs = {7: ["running"]}

    def interrupt(job: models.JobResponse) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(base_url, on_job=interrupt)
    assert airbyte.jobs == {7: ["running"]}


def test_a_job_over_its_time_limit_is_cancelled(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.statuses = ["running"]
    with pytest.raises(AirbyteServerError, match="job 1 did not end within its time limit"):
        run(base_url, seconds=0.05)
    assert airbyte.jobs == {1: ["cancelled"]}


def test_a_connection_is_found_beyond_the_first_page(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.connection_names = [f"other {number}" for number in range(250)] + ["shop"]
    assert run(base_url).status.value == "succeeded"


def test_an_unknown_connection_names_the_known_ones(airbyte: FakeAirbyte, base_url: str) -> None:
    with pytest.raises(AirbyteServerError, match="0 Airbyte connections are called 'shopp'; there are: shop"):
        run(base_url, "shopp")


def test_a_refusal_is_one_sentence(airbyte: FakeAirbyte, base_url: str) -> None:
    airbyte.failures = {"GET /connections": [Response("no\npermission", 403)]}
    with pytest.raises(AirbyteServerError, match="answered 403: no permission"):
        run(base_url)


def test_wrong_credentials_are_one_sentence(airbyte: FakeAirbyte, base_url: str) -> None:
    access = security(base_url, client_id="x", client_secret="wrong")
    with pytest.raises(AirbyteServerError, match=r"did not let us in: .*401"):
        sync_on_server(base_url, access, "shop")


def test_missing_credentials_are_said_before_anything_is_sent() -> None:
    with pytest.raises(AirbyteServerError, match="neither client credentials nor a user name"):
        security(f"http://127.0.0.1:{find_free_port()}/v1")
