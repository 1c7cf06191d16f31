"""A client of an Airbyte server's API (self-managed or Cloud) on top of airbyte-api: sign-in, retries, plain errors.

API: https://reference.airbyte.com
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
import msgspec
from airbyte_api import AirbyteAPI, models
from airbyte_api.errors import AirbyteAPIError, ResponseValidationError
from airbyte_api.utils import BackoffStrategy, RetryConfig
from tenacity import RetryCallState, retry, retry_if_exception, stop_after_attempt, wait_exponential

from ingestion.masking import start_of
from ingestion.sync_report import IngestionError

CLOUD_URL = "https://api.airbyte.com/v1"
SELF_MANAGED_PATH = "/api/public/v1"
PAGE = 100  # items per request of a list

T = TypeVar("T")


class AirbyteServerError(IngestionError):
    """The Airbyte server cannot be used or refused a request; the message is one sentence for the user."""


def api_url(url: str) -> str:
    """The API's address for a server's: Cloud's as documented, self-managed below /api/public/v1."""
    url = url.rstrip("/")
    if url.endswith("/v1"):
        return url
    return CLOUD_URL if httpx.URL(url).host.endswith("airbyte.com") else url + SELF_MANAGED_PATH


def security(
    base_url: str, *, client_id: str = "", client_secret: str = "", username: str = "", password: str = ""
) -> models.Security:
    """Client credentials of an application (self-managed and Cloud), else basic authentication.

    Raises AirbyteServerError when neither is given.
    """
    if client_id:
        # the package joins a relative token URL wrongly
        token_url = f"{base_url.rstrip('/')}/applications/token"
        credentials = models.SchemeClientCredentials(
            client_id=client_id, client_secret=client_secret, token_url=token_url
        )
        return models.Security(client_credentials=credentials)
    if username:
        return models.Security(basic_auth=models.SchemeBasicAuth(username=username, password=password))
    raise AirbyteServerError(
        "neither client credentials nor a user name is set for the Airbyte server: set COMPTOIR_AIRBYTE_CLIENT_ID and "
        "_SECRET, or COMPTOIR_AIRBYTE_USERNAME and _PASSWORD"
    )


@contextmanager
def connected(base_url: str, access: models.Security) -> Iterator[AirbyteAPI]:
    """A client that retries for three minutes after 429, 5xx and lost connections.

    `base_url` ends in `/api/public/v1` (self-managed) or is `https://api.airbyte.com/v1`. Raises AirbyteServerError
    for every error of the API inside the block.
    """
    backoff = BackoffStrategy(initial_interval=500, max_interval=30_000, exponent=2, max_elapsed_time=180_000)
    client = AirbyteAPI(
        server_url=base_url.rstrip("/"),
        security=access,
        retry_config=RetryConfig("backoff", backoff, retry_connection_errors=True),
        timeout_ms=60_000,
    )
    with _one_sentence(base_url), client:
        yield client


def is_temporary(error: BaseException) -> bool:
    """Whether a retry makes sense: no answer, too many requests, a conflict with a job just started, a server error."""
    if isinstance(error, AirbyteAPIError):
        return error.status_code in (409, 429) or error.status_code >= 500
    return isinstance(error, httpx.TransportError)


def wait(state: RetryCallState) -> float:
    """Seconds until the next try: what the server asks for, else exponentially longer."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.headers.get("retry-after", "") if isinstance(error, AirbyteAPIError) else ""
    return float(asked) if asked.isdigit() else float(wait_exponential(multiplier=0.5, max=30)(state))


def _is_unauthorised(error: BaseException) -> bool:
    return isinstance(error, AirbyteAPIError) and error.status_code == 401


@retry(retry=retry_if_exception(_is_unauthorised), stop=stop_after_attempt(2), reraise=True)
def call(request: Callable[[], T]) -> T:
    """The request's answer. A token can expire half-way: the package drops it on a 401, so a second try signs in again.

    Raises what the request raises.
    """
    return request()


def read(request: Callable[[], Any], kind: type[T]) -> T:
    """The answer decoded as `kind`, which declares the fields we need.

    Not as the package's model: airbyte-api 1.0.1 cannot decode the answer about a source whose credentials name
    their method, such as Shopify's. Raises msgspec.MsgspecError when a field is missing.
    """
    try:
        body = call(request).raw_response.content
    except ResponseValidationError as error:
        body = error.body.encode()
    return msgspec.json.decode(body, type=kind)


class Page(msgspec.Struct):
    """One page of a list."""

    data: list[dict[str, Any]] = []


def read_pages(request: Callable[[int], Any]) -> list[dict[str, Any]]:
    """Every item of a list; `request(offset)` asks for PAGE items from this offset."""
    found: list[dict[str, Any]] = []
    while True:
        page = read(lambda: request(len(found)), Page).data  # noqa: B023
        found += page
        if len(page) < PAGE:
            return found


@contextmanager
def _one_sentence(base_url: str) -> Iterator[None]:
    try:
        yield
    except AirbyteAPIError as error:
        reason = start_of(error.body, 300)
        # its own text has the whole body, which Dagster would show as the cause
        raise AirbyteServerError(f"the Airbyte server at {base_url} answered {error.status_code}: {reason}") from None
    except httpx.TransportError as error:
        raise AirbyteServerError(
            f"the Airbyte server at {base_url} cannot be reached ({error}): is COMPTOIR_AIRBYTE_URL right?"
        ) from error
    except msgspec.MsgspecError as error:
        raise AirbyteServerError(f"the Airbyte server at {base_url} sent an unreadable answer: {error}") from error
    except Exception as error:
        if type(error) is not Exception:  # the package's own, from the token endpoint, has no class of its own
            raise
        raise AirbyteServerError(
            f"the Airbyte server at {base_url} refused our credentials ({error}): check COMPTOIR_AIRBYTE_CLIENT_ID and "
            "_SECRET"
        ) from error
