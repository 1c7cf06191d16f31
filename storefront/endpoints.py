"""The recommendations of the storefront's HTTP API and its health; search is in search_endpoints.py.

Each may raise ParameterError (answered 400), IndexMissingError or one of DATABASE_ERRORS (both 503); see errors.py.
What reaches them has passed request_checks.py. The app's state has `index`, `pool`, `fallback`, `stream_watch`,
`metrics` and `control_share`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from comptoir.stream_heartbeat import OLDEST_HEARTBEAT
from recommendations.experiment import arm_of
from recommendations.reason_codes import LANGUAGES, Language, reason_of, sentence_in
from storefront import recommendation_lists
from storefront.fallback import KEPT_ITEMS, Fallback
from storefront.parameters import read_choice, read_count, read_text
from storefront.responses import JsonResponse
from storefront.search.versions import IndexMissingError

MAX_RECOMMENDATIONS = 50

# Postgres is away, or the tables are not there yet; anything else is our own mistake and stays a 500
DATABASE_ERRORS = (
    PoolTimeout,
    psycopg.OperationalError,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
)
NO_DATABASE = "The recommendation tables cannot be read: Postgres is away or not set up; see `make status`."

Items = list[dict[str, Any]]


async def neighbours(request: Request) -> Response:
    """GET /v1/products/{product_id}/neighbours?kind=similar|together&n=&lang=: cards, best first."""
    kind = read_choice(request.query_params, "kind", recommendation_lists.KINDS)
    n = read_count(request.query_params, "n", 8, MAX_RECOMMENDATIONS)
    product_id = request.path_params["product_id"]
    answer = {"product_id": product_id, "kind": kind}
    return await _answer(
        request, answer, lambda pool: recommendation_lists.neighbours(pool, product_id, kind, n), n, product_id
    )


async def recommend(request: Request) -> Response:
    """GET /v1/recommendations?visitor_id=&slot=home|product|cart&product_id=&n=&lang=: cards, best first.

    A visitor in the control arm of the experiment is answered as one who is not known.
    """
    query = request.query_params
    slot = read_choice(query, "slot", recommendation_lists.SLOTS)
    n = read_count(query, "n", 10, MAX_RECOMMENDATIONS)
    visitor_id, on_screen = read_text(query, "visitor_id"), read_text(query, "product_id") or None
    arm = arm_of(visitor_id, request.app.state.control_share)
    known_as = "" if arm == "control" else visitor_id
    answer = {"visitor_id": visitor_id, "slot": slot, "arm": arm}
    return await _answer(
        request, answer, lambda pool: recommendation_lists.recommend(pool, known_as, slot, on_screen, n), n, on_screen
    )


async def trending(request: Request) -> Response:
    """GET /v1/trending?category=&n=&lang=: cards, best first."""
    category = read_text(request.query_params, "category")
    n = read_count(request.query_params, "n", 10, MAX_RECOMMENDATIONS)
    answer = {"category": category}
    return await _answer(
        request, answer, lambda pool: recommendation_lists.trending(pool, category, n), n, category=category
    )


async def _answer(
    request: Request,
    answer: dict[str, Any],
    read: Callable[[AsyncConnectionPool], Awaitable[Items]],
    n: int,
    without: str | None = None,
    category: str = "",
) -> Response:
    """The items that `read` gives; while Postgres is away the shop's last trending list, said so by `fallback`.

    `stale`: they follow no clicks now, because they are that list or the stream is dead.

    Raises one of DATABASE_ERRORS when no list was ever kept.
    """
    state = request.app.state
    language = read_choice(request.query_params, "lang", LANGUAGES)
    fallback: Fallback = state.fallback
    kept = None if fallback.may_ask() else fallback.items(n, without, category)
    if kept is None:
        try:
            items = await read(state.pool)
            is_stale = await state.stream_watch.is_dead(state.pool)
            fallback.note_success()
            if fallback.is_due:
                fallback.keep(await recommendation_lists.trending(state.pool, "", KEPT_ITEMS))
            return JsonResponse(answer | {"items": with_reasons(items, language), "fallback": False, "stale": is_stale})
        except DATABASE_ERRORS:
            fallback.note_failure()
            kept = fallback.items(n, without, category)
            if kept is None:
                raise
    state.metrics.fallbacks.inc()
    items = with_reasons(kept.items, language)
    return JsonResponse(answer | {"items": items, "fallback": True, "stale": True, "as_of": kept.as_of})


def with_reasons(items: Items, language: Language) -> Items:
    """The items with `reason` in a language, and with its `reason_code` and `reason_subject`."""
    return [
        item
        | {
            "reason": sentence_in(language, sentence),
            "reason_code": (reason := reason_of(sentence)).code,
            "reason_subject": reason.subject,
        }
        if (sentence := item.get("reason"))
        else item
        for item in items
    ]


async def health(request: Request) -> Response:
    """GET /health: 200 when search and recommendations can answer, else 503 and what is missing.

    `stale` names what answers from old data: then `ok` is false as well, but the status stays 200.
    """
    missing, stale = {}, {}
    try:
        version = request.app.state.index.version
    except IndexMissingError as error:
        version, missing["search"] = None, str(error)
    try:
        await recommendation_lists.trending(request.app.state.pool, "", 1)
        age = await recommendation_lists.stream_age(request.app.state.pool)
        if age is not None and age > OLDEST_HEARTBEAT:
            stale["stream"] = f"The stream gave no sign of life for {age:.0f} s: lists do not follow clicks."
    except DATABASE_ERRORS:
        missing["recommendations"] = NO_DATABASE
    answer = {"ok": not (missing or stale), "index": version, "missing": missing, "stale": stale}
    return JsonResponse(answer, 503 if missing else 200)
