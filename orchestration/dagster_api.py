"""What we ask Dagster's web server over its GraphQL API.

Launching a run and its status come from Dagster's own client, which knows neither whether the definitions have loaded
nor what the steps of a run did: those two are queries of ours, over the same transport.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from dagster import DagsterRunStatus
from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError
from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportError
from gql.transport.requests import RequestsHTTPTransport
from requests import RequestException

LOCATION = "comptoir"  # the code location, as in workspace.yaml
REPOSITORY = "__repository__"  # Dagster's name for definitions that are not in a named repository
TIMEOUT_SECONDS = 30

LOCATIONS = """
query { workspaceOrError { ... on Workspace { locationEntries {
  name loadStatus locationOrLoadError { __typename ... on PythonError { message causes { message } } }
} } } }
"""
AUTOMATION = """
query { repositoriesOrError { ... on RepositoryConnection { nodes {
  schedules { name scheduleState { status } } sensors { name sensorState { status } }
} } } }
"""
IN_PROGRESS = """
query { runsOrError(filter: {statuses: [STARTING, STARTED, CANCELING]}) { ... on Runs { results { jobName } } } }
"""
EVENTS = """
query ($run: ID!, $cursor: String) { logsForRun(runId: $run, afterCursor: $cursor, limit: 1000) {
  ... on EventConnection {
    cursor hasMore
    events {
      __typename
      ... on MessageEvent { stepKey message timestamp }
      ... on ExecutionStepFailureEvent { error { message causes { message } } }
      ... on RunFailureEvent { error { message causes { message } } }
      ... on AssetCheckEvaluationEvent { evaluation { assetKey { path } checkName success severity description } }
    }
  }
} }
"""


# what the web server says of a code server that does not answer yet: gRPC's StatusCode.UNAVAILABLE
UNREACHABLE = "DagsterUserCodeUnreachableError"


class DagsterUnavailableError(RuntimeError):
    """The web server does not answer, could not load the definitions, or refuses a request."""


class DagsterApi:
    """A web server at `url`, e.g. http://127.0.0.1:13000. Every method raises DagsterUnavailableError."""

    def __init__(self, url: str) -> None:
        self.url = url
        transport = RequestsHTTPTransport(f"{url}/graphql", timeout=TIMEOUT_SECONDS, retries=3)
        self._client = DagsterGraphQLClient(urlsplit(url).netloc, transport=transport)
        self._queries = Client(transport=transport)

    def load_state(self) -> tuple[bool, str]:
        """(loaded, error) of our definitions; (False, "") while they are loading, unknown, or their server starts."""
        for entry in self._ask(LOCATIONS)["workspaceOrError"].get("locationEntries", []):
            if entry["name"] == LOCATION and entry["loadStatus"] == "LOADED":
                found = entry["locationOrLoadError"] or {}
                failed = found.get("__typename") == "PythonError"
                if failed and UNREACHABLE in found["message"]:
                    return False, ""
                return not failed, reason_of(found) if failed else ""
        return False, ""

    def stopped_automation(self) -> list[str]:
        """Names of the schedules and sensors that do not run."""
        found = []
        for repository in self._ask(AUTOMATION)["repositoriesOrError"].get("nodes", []):
            states = [(one["name"], one["scheduleState"]) for one in repository["schedules"]]
            states += [(one["name"], one["sensorState"]) for one in repository["sensors"]]
            found += [name for name, state in states if state["status"] != "RUNNING"]
        return sorted(found)

    def jobs_in_progress(self) -> list[str]:
        """Names of the jobs that have a run in progress."""
        return sorted({run["jobName"] for run in self._ask(IN_PROGRESS)["runsOrError"].get("results", [])})

    def launch(self, job: str, config: Mapping[str, Any] | None = None) -> str:
        """Queue a run of `job` with its run config; its id."""
        with self._refusals(f"to run job {job}"):
            return self._client.submit_job_execution(job, LOCATION, REPOSITORY, run_config=config or {})

    def status(self, run_id: str) -> DagsterRunStatus:
        """A run's status."""
        with self._refusals(f"the status of run {run_id}"):
            return self._client.get_run_status(run_id)

    def events(self, run_id: str, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """The events of a run after `cursor`, in order, and the cursor after them."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._ask(EVENTS, run=run_id, cursor=cursor)["logsForRun"]
            found += page["events"]
            cursor = page["cursor"]
            if not page["hasMore"]:
                return found, cursor

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        try:
            return self._queries.execute(GraphQLRequest(query, variable_values=variables))
        except (TransportError, RequestException, OSError) as error:
            raise DagsterUnavailableError(f"Dagster at {self.url} does not answer: {error}") from error

    @contextmanager
    def _refusals(self, what: str) -> Iterator[None]:
        try:
            yield
        except DagsterGraphQLClientError as error:
            reason = error.__cause__ or error.args[-1]
            raise DagsterUnavailableError(f"Dagster at {self.url} refuses {what}: {reason}") from error


def reason_of(error: dict[str, Any] | None) -> str:
    """What our own code said, in a PythonError: Dagster wraps it in an exception of its own and adds its class."""
    if not error:
        return ""
    message: str = (error["causes"] or [error])[0]["message"].strip()
    head, separator, sentence = message.partition(": ")
    return sentence if separator and " " not in head else message
