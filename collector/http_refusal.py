"""The response to a request that the collector does not take."""

from __future__ import annotations

ResponseHeaders = tuple[tuple[bytes, bytes], ...]

CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    415: "unsupported_coding",
    429: "rate_limited",
    503: "unavailable",
}


class HttpRefusal(Exception):
    """HTTP status, a message for people and a `code` for programs; each status has a code of its own."""

    def __init__(self, status: int, message: str, headers: ResponseHeaders = (), code: str = ""):
        super().__init__(message)
        self.status, self.message, self.headers, self.code = status, message, headers, code or CODES[status]

    @property
    def answer(self) -> dict[str, object]:
        """The response's body: Segment's and RudderStack's clients read its `code` and `message`."""
        return {"success": False, "code": self.code, "message": self.message}
