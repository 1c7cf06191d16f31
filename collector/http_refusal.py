"""A request the collector does not take, as the client hears it."""

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
    """HTTP status and a message for the client; `code` for its program, the status' own unless given."""

    def __init__(self, status: int, message: str, headers: ResponseHeaders = (), code: str = ""):
        super().__init__(message)
        self.status, self.message, self.headers, self.code = status, message, headers, code or CODES[status]

    @property
    def answer(self) -> dict[str, object]:
        """The body: `code` and `message` are what Segment's and RudderStack's clients read of an error."""
        return {"success": False, "code": self.code, "message": self.message}
