"""Sends batches of Segment messages to a collector.

Source: Segment's HTTP Tracking API, POST /v1/batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType

import msgspec
import urllib3

from demo_shop.traffic.messages import Message, iso
from privacy.signed_user_id import signed_user_id

MAX_BATCH_MESSAGES = 100
MAX_BATCH_BYTES = 450_000  # Segment's limit is 500 KB


class Answer(msgspec.Struct):
    """What the collector did with a batch, in numbers of messages. Without `accepted` it accepted all of them."""

    success: bool
    accepted: int | None = None
    rejected: int = 0
    dropped: int = 0


class CollectorClient:
    """Keeps up to `connections` open and sends a batch again until it is acknowledged, at most `patience` times.

    Sending twice is harmless, because messages have ids. When the collector is busy (503, 429) the client waits as long
    as its Retry-After says.
    """

    def __init__(
        self, url: str, write_key: str, connections: int = 4, patience: int = 30, user_id_secret: str = ""
    ) -> None:
        """`user_id_secret`: what the shop signs its customers' numbers with; none: they are sent as they are."""
        self._user_id_secret = user_id_secret
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

    def encoded(self, message: Message) -> bytes:
        """The message as JSON, its customer signed as the shop's pages do."""
        if self._user_id_secret and message.get("userId"):
            message = message | {"userId": signed_user_id(str(message["userId"]), self._user_id_secret)}
        return msgspec.json.encode(message)

    def send(self, messages: Sequence[bytes]) -> Answer:
        """Send encoded messages as one batch; returns when the collector has acknowledged it.

        Raises RuntimeError when the collector refuses the batch or cannot be reached.
        """
        body = b'{"batch":[' + b",".join(messages) + b'],"sentAt":"' + iso(datetime.now(UTC)).encode() + b'"}'
        try:
            response = self._pool.request("POST", self._url, body=body, headers=self._headers)
        except urllib3.exceptions.HTTPError as error:
            raise RuntimeError(f"The collector at {self._url} does not answer: {error}. Is it running?") from error
        if response.status != 200:
            reason = response.data[:300].decode(errors="replace")
            raise RuntimeError(f"The collector at {self._url} refused a batch ({response.status}): {reason}")
        answer = msgspec.json.decode(response.data, type=Answer)
        if answer.accepted is None:
            answer.accepted = len(messages)
        return answer
