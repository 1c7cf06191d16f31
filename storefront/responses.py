"""What the storefront answers: JSON, and for every request it cannot answer one sentence, `{"error": sentence}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

SHOWN_CHARACTERS = 80  # of a client's own text in a sentence


class RequestError(Exception):
    """A request that is not answered: an HTTP status, a sentence (what, where, what to do), headers of the answer."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, headers

    def response(self) -> Response:
        """The answer to the request."""
        return problem(self.status, self.sentence, self.headers)


class JsonResponse(Response):
    """JSON written by msgspec, which knows datetimes and dataclasses."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body's bytes."""
        return msgspec.json.encode(content)


def problem(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that failed. A 503 says to retry after 2 seconds."""
    retry = {"retry-after": "2"} if status == 503 else {}
    return JsonResponse({"error": sentence}, status, {**retry, **(headers or {})})


def shown(text: str) -> str:
    """A client's text in quotes, as a sentence repeats it: only its beginning when it is long."""
    return repr(text) if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]!r}… ({len(text)} characters)"
