"""A client for our own queries to a Shopify shop: GraphQL, and bulk operations for long lists.

Retries after throttling (THROTTLED, 429), server errors, timeouts and lost connections; an incomplete result is
fetched again. Source: Shopify's documentation of the GraphQL Admin API, its rate limits and bulk operations.
"""

from __future__ import annotations

import ssl
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any

import httpx
import msgspec
from tenacity import RetryCallState, retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from ingestion.connectors.shopify.refusal import code_in, why_query, why_status
from ingestion.sync_report import IngestionError

API_VERSION = "2026-10"
ATTEMPTS = 8
BULK_SECONDS = 3600.0
POLL_SECONDS, MAX_POLL_SECONDS = 0.2, 10.0

RUN = """
mutation ($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: false) { bulkOperation { id } userErrors { code message } }
}
"""
POLL = "query ($id: ID!) { bulkOperation(id: $id) { status errorCode objectCount url } }"
RUNNING = ("CREATED", "RUNNING", "CANCELING")
TRANSIENT = ("THROTTLED", "INTERNAL_SERVER_ERROR")


class ShopifyError(IngestionError):
    """The shop cannot be reached or refused a request; the message is one sentence for the user."""


class _Busy(Exception):
    """Worth a retry, after `seconds` if the shop said how long to wait."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.seconds if isinstance(error, _Busy) else None
    return float(wait_exponential(multiplier=0.5, max=30)(state)) if asked is None else asked


def _give_up(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    raise ShopifyError(f"the shop did not answer after {state.attempt_number} attempts: {error}") from error


_with_retries = retry(
    retry=retry_if_exception_type((_Busy, httpx.TransportError)),
    wait=_wait,
    stop=stop_after_attempt(ATTEMPTS),
    retry_error_callback=_give_up,
)


class ShopifyApi:
    """One shop, with an access token; a context manager.

    `proxy` and `authority` (a file) lead to the demo shop, `timeout` is in seconds per request.
    """

    def __init__(
        self, shop: str, token: str, *, proxy: str | None = None, authority: Path | None = None, timeout: float = 60
    ) -> None:
        self._url = f"https://{shop}.myshopify.com/admin/api/{API_VERSION}/graphql.json"
        self._headers = {"X-Shopify-Access-Token": token}
        trusted = ssl.create_default_context(cafile=authority)
        self._client = httpx.Client(proxy=proxy, verify=trusted, timeout=timeout, trust_env=proxy is None)
        self.clock = datetime.now(UTC)  # the shop's time in its last answer

    def __enter__(self) -> ShopifyApi:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @_with_retries
    def query(self, text: str, **variables: Any) -> dict[str, Any]:
        """The answer's `data`. Raises ShopifyError when the query is refused, or when the shop stays busy (_Busy)."""
        response = self._client.post(self._url, json={"query": text, "variables": variables}, headers=self._headers)
        if response.status_code == 429 or response.status_code >= 500:
            asked = response.headers.get("retry-after", "")
            raise _Busy(f"HTTP {response.status_code}", float(asked) if asked.replace(".", "").isdigit() else None)
        if response.status_code != 200:
            status = response.status_code
            raise ShopifyError(f"the shop refused our query with HTTP {status}{why_status(status)}")
        try:
            answer = msgspec.json.decode(response.content, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise _Busy(f"an answer of {len(response.content):,} bytes that is no JSON object") from error
        self.clock = parsedate_to_datetime(response.headers["date"]) if "date" in response.headers else self.clock
        if errors := answer.get("errors"):
            why = why_query(errors, text)
            if any(code in why for code in TRANSIENT):
                raise _Busy(why, _seconds_to_refill(answer))
            raise ShopifyError(f"the shop refused our query: {why}")
        data = answer.get("data")
        if not isinstance(data, dict):
            raise _Busy("an answer without data")
        return data

    def bulk(self, text: str) -> Iterator[dict[str, Any]]:
        """The objects of a query that the shop runs in the background, each after its parent: all, or an error.

        Money stays text, as in the answer. Raises ShopifyError when the query is refused or fails, when the shop does
        not answer, and when it takes longer than BULK_SECONDS.
        """
        operation = self._finished(self._start_bulk(text))
        count = int(operation["objectCount"])
        if not count:
            return
        with tempfile.TemporaryFile() as file:  # complete before the first object is returned
            self._download(operation["url"], file, count)
            file.seek(0)
            for line in file:
                yield msgspec.json.decode(line)

    @_with_retries
    def _start_bulk(self, text: str) -> str:
        payload = self.query(RUN, query=text)["bulkOperationRunQuery"]
        for error in payload["userErrors"]:
            if error.get("code") == "OPERATION_IN_PROGRESS":
                raise _Busy(error["code"], MAX_POLL_SECONDS)
            raise ShopifyError(f"the shop refused our bulk query: {code_in(error.get('code'))}")
        identifier: str = payload["bulkOperation"]["id"]
        return identifier

    def _finished(self, identifier: str) -> dict[str, Any]:
        deadline, pause = time.monotonic() + BULK_SECONDS, POLL_SECONDS
        while True:
            operation: dict[str, Any] = self.query(POLL, id=identifier)["bulkOperation"]
            if operation["status"] == "COMPLETED":
                return operation
            if operation["status"] not in RUNNING:
                status, reason = code_in(operation["status"]), code_in(operation["errorCode"])
                raise ShopifyError(f"the shop's bulk operation ended as {status}: {reason}")
            if time.monotonic() > deadline:
                raise ShopifyError(f"the shop's bulk operation took longer than {BULK_SECONDS:g} s")
            time.sleep(pause)
            pause = min(2 * pause, MAX_POLL_SECONDS)

    @_with_retries
    def _download(self, url: str, file: IO[bytes], count: int) -> None:
        file.seek(0)
        file.truncate()
        lines = 0
        with self._client.stream("GET", url) as response:
            if response.status_code != 200:
                raise _Busy(f"HTTP {response.status_code} for the result of a bulk operation")
            for part in response.iter_bytes():
                lines += part.count(b"\n")
                file.write(part)
        if lines != count:
            raise _Busy(f"the result of a bulk operation has {lines} of {count} objects")


def _seconds_to_refill(answer: dict[str, Any]) -> float | None:
    """Seconds until the bucket of points holds what the query costs; None when the answer does not say."""
    cost = (answer.get("extensions") or {}).get("cost") or {}
    status = cost.get("throttleStatus") or {}
    if not status.get("restoreRate"):
        return None
    missing = cost.get("requestedQueryCost", 0) - status.get("currentlyAvailable", 0)
    return max(0.1, missing / status["restoreRate"])
