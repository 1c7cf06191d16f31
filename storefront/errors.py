"""The answers to what endpoints and the router raise: always a sentence, never a traceback."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from storefront import endpoints
from storefront.responses import RequestError, problem, shown
from storefront.search.versions import IndexMissingError


async def refused(_: Request, error: Exception) -> Response:
    """A request that a check or an endpoint refuses."""
    assert isinstance(error, RequestError)
    return error.response()


async def not_here(request: Request, error: Exception) -> Response:
    """A path or method that nobody answers, with what to use instead."""
    assert isinstance(error, HTTPException)
    path = shown(request.scope["path"])
    if error.status_code == 405:
        allowed = " or ".join(sorted((error.headers or {}).get("Allow", "GET").split(", ")))
        sentence = f"{path} is not answered to {shown(request.method)}: use {allowed}."
    else:
        sentence = f"There is nothing at {path}: the API is below /v1/, the shop begins at /."
    return problem(error.status_code, sentence, error.headers)


async def cut_short(_: Request, _error: Exception) -> Response:
    """A client that left while it sent its body; nobody reads the answer."""
    return problem(400, "The body is cut short: send the request again.")


async def no_index(_: Request, error: Exception) -> Response:
    """A search before the first index."""
    return problem(503, str(error))


async def no_database(_: Request, _error: Exception) -> Response:
    """Postgres is away or not set up."""
    return problem(503, endpoints.NO_DATABASE)


async def our_mistake(_: Request, _error: Exception) -> Response:
    """Anything else; Starlette raises it again, so that the server logs it."""
    return problem(500, "The storefront made a mistake, which its log tells: try again later.")


HANDLERS: dict[Any, Any] = {
    RequestError: refused,
    HTTPException: not_here,
    ClientDisconnect: cut_short,
    IndexMissingError: no_index,
    **dict.fromkeys(endpoints.DATABASE_ERRORS, no_database),
    Exception: our_mistake,
}
"""Starlette's exception handlers."""
