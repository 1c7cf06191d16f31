"""Sends batches of Segment messages to a collector (Segment's HTTP Tracking API, POST /v1/batch)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType

import msgspec
import urllib3

from demo_shop.traffic.messages import iso

MAX_BATCH_MESSAGES = 100
MAX_BATCH_BYTES = 450_000  # Segment takes 500 KB


class Answer(msgspec.Struct):
    """What the collector did with a batch; a collector that only says `success` took all."""

    success: bool
    accepted: int | None = None
    rejected: int = 0
    dropped: int = 0


class CollectorClient:
    """Keeps `connections` open and repeats what was not acknowledged: messages carry their ids, so twice is harmless.

    Waits as Retry-After says when the collector is busy (503, 429), and for `patience` tries when nobody answers.
    """

    def __init__(self, url: str, write_key: str, connections: int = 4, patience: int = 30) -> None:
        self._url = f"{url.rstrip('/')}/v1/batch"
        self._headers = urllib3.make_headers(basic_auth=f"{write_key}:") | {"content-type": "application/json"}
        retries = urllib3.Retry(
            total=patience,
            allowed_methods=None,  # POST as well
            status_forcelist=(429, 502, 503, 504),
            backoff_factor=0.2,
            backoff_max=5,
            respect_retry_after_header=True,
        )
        timeout = urllib3.Timeout(connect=5, read=30)
        self._pool = urllib3.PoolManager(maxsize=connections, block=True, retries=retries, timeout=timeout)

    def __enter__(self) -> CollectorClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._pool.clear()

    def send(self, messages: Sequence[bytes]) -> Answer:
        """Send encoded messages as one batch, sent now; returns when the collector has acknowledged them.

        Raises RuntimeError, saying why, when the collector refuses the batch or stays away.
        """
        body = b'{"batch":[' + b",".join(messages) + b'],"sentAt":"' + iso(datetime.now(UTC)).encode() + b'"}'
        try:
            response = self._pool.request("POST", self._url, body=body, headers=self._headers)
        except urllib3.exceptions.HTTPError as error:
            raise RuntimeError(f"The collector at {self._url} did not take a batch: {error}. Is it running?") from error
        if response.status != 200:
            said = response.data[:300].decode(errors="replace")
            raise RuntimeError(f"The collector at {self._url} refused a batch ({response.status}): {said}")
        answer = msgspec.json.decode(response.data, type=Answer)
        if answer.accepted is None:
            answer.accepted = len(messages)
        return answer
