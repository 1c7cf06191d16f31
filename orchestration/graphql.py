"""The few questions we ask Dagster's webserver over its GraphQL API.

Written on httpx because Dagster's own client imports Dagster, which takes longer than all the requests here together,
and tells a run's status but not its steps.
"""

from __future__ import annotations

from typing import Any

import httpx

REPOSITORY = "__repository__"  # Dagster's name for definitions that are not in a named repository

LOCATIONS = """
query { workspaceOrError { ... on Workspace { locationEntries {
  name loadStatus locationOrLoadError { __typename ... on PythonError { message causes { message } } }
} } } }
"""
LAUNCH = """
mutation ($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) {
  __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on PythonError { message }
  ... on PipelineNotFoundError { message }
  ... on RunConfigValidationInvalid { errors { message } }
  ... on UnauthorizedError { message }
} }
"""
RUN = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status executionPlan { steps { key } } } } }"
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


class DagsterUnavailableError(RuntimeError):
    """The webserver does not answer, could not load the definitions, or refuses a request."""


class DagsterApi:
    """A webserver at `url`, e.g. http://127.0.0.1:13000."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=30, transport=httpx.HTTPTransport(retries=3))

    def load_state(self, location: str) -> tuple[bool, str]:
        """(loaded, error) of a code location; (False, "") while it is loading or unknown."""
        for entry in self._ask(LOCATIONS)["workspaceOrError"].get("locationEntries", []):
            if entry["name"] == location and entry["loadStatus"] == "LOADED":
                found = entry["locationOrLoadError"] or {}
                failed = found.get("__typename") == "PythonError"
                return not failed, reason_of(found) if failed else ""
        return False, ""

    def launch(self, location: str, job: str) -> str:
        """Queue a run of `job`; its id."""
        selector = {"repositoryLocationName": location, "repositoryName": REPOSITORY, "jobName": job}
        parameters = {"selector": selector, "mode": "default", "runConfigData": {}}
        answer = self._ask(LAUNCH, parameters=parameters)["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            reason = answer.get("message") or "; ".join(error["message"] for error in answer.get("errors", []))
            raise DagsterUnavailableError(f"Dagster refuses to run job {job}: {reason or answer['__typename']}")
        run_id: str = answer["run"]["runId"]
        return run_id

    def run(self, run_id: str) -> tuple[str, list[str]]:
        """A run's status, and the keys of the steps it means to run, in order."""
        found = self._ask(RUN, run=run_id)["runOrError"]
        if "status" not in found:
            raise DagsterUnavailableError(f"Dagster knows no run {run_id}")
        return found["status"], [step["key"] for step in (found["executionPlan"] or {"steps": []})["steps"]]

    def events(self, run_id: str, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """The events of a run after `cursor`, and the cursor after them."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._ask(EVENTS, run=run_id, cursor=cursor)["logsForRun"]
            found += page["events"]
            cursor = page["cursor"]
            if not page["hasMore"]:
                return found, cursor

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        try:
            response = self._client.post("/graphql", json={"query": query, "variables": variables})
            answer = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise DagsterUnavailableError(f"Dagster at {self.url} does not answer: {error}") from error
        if answer.get("errors"):
            raise DagsterUnavailableError(f"Dagster refuses a request: {answer['errors'][0]['message']}")
        data: dict[str, Any] = answer["data"]
        return data


def reason_of(error: dict[str, Any] | None) -> str:
    """What our own code said, in a PythonError: Dagster wraps it in an exception of its own, and adds its class."""
    if not error:
        return ""
    message: str = (error["causes"] or [error])[0]["message"].strip()
    head, separator, sentence = message.partition(": ")
    return sentence if separator and " " not in head else message
