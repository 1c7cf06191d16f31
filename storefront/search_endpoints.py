"""The search of the storefront's HTTP API, one function per path.

Each may raise ParameterError (answered 400) or IndexMissingError (503). Answers may be kept for a few seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from recommendations.experiment import arm_of
from storefront.conditional import RecentBodies, caching, etag_of, not_modified
from storefront.endpoints import DATABASE_ERRORS
from storefront.parameters import (
    QUERY_CHARACTERS,
    ParameterError,
    read_choice,
    read_count,
    read_facet,
    read_filters,
    read_flag,
    read_text,
)
from storefront.recommendation_lists import recommend
from storefront.responses import JsonResponse, problem, shown
from storefront.search.filters import Filters
from storefront.search.listing import SORTS
from storefront.search.reader import MAX_LIMIT, MAX_OFFSET, SearchIndex
from storefront.search.taste import NO_TASTE, PLACES, Taste

MAX_SUGGESTIONS = 20


async def search(request: Request) -> Response:
    """GET /v1/search: a `SearchResult`. Parameters: see `storefront.openapi`."""
    query = request.query_params
    taste = await _taste(request)

    def answer(index: SearchIndex) -> Any:
        found = index.search(
            read_text(query, "q", QUERY_CHARACTERS),
            _known_list(read_filters(query), index),
            read_choice(query, "sort", SORTS),
            read_count(query, "limit", 24, MAX_LIMIT),
            read_count(query, "offset", 0, MAX_OFFSET),
            with_facets=read_flag(query, "facets", default=True),
            as_typed=read_flag(query, "exact"),
            with_highlights=read_flag(query, "highlight"),
            taste=taste,
        )
        request.app.state.metrics.searches.labels(found.match).inc()
        return found

    return await _kept(request, answer, taste)


async def suggest(request: Request) -> Response:
    """GET /v1/suggest?q=&limit=&price_list=: `Suggestions` for what was typed so far."""
    text = read_text(request.query_params, "q", QUERY_CHARACTERS)
    limit = read_count(request.query_params, "limit", 6, MAX_SUGGESTIONS)
    prices = Filters(price_list=read_text(request.query_params, "price_list"))
    return await _kept(request, lambda index: index.suggest(text, limit, _known_list(prices, index).price_list))


async def facet_values(request: Request) -> Response:
    """GET /v1/facets/{facet}?q=&facet_query=&limit= and filters: values of one facet that contain a text."""
    query = request.query_params
    facet = read_facet(request.path_params["facet"])
    containing, text = read_text(query, "facet_query"), read_text(query, "q", QUERY_CHARACTERS)
    filters, limit = read_filters(query), read_count(query, "limit", 20, MAX_LIMIT)
    return await _kept(
        request,
        lambda index: {
            "facet": facet,
            "values": index.facet_values(facet, containing, text, _known_list(filters, index), limit),
        },
    )


def product(request: Request) -> Response:
    """GET /v1/products/{product_id}?price_list=: the product's card with its attributes, or 404."""
    product_id, index = request.path_params["product_id"], request.app.state.index
    prices = Filters(price_list=read_text(request.query_params, "price_list"))
    found = index.product(product_id, _known_list(prices, index).price_list)
    return JsonResponse(found) if found else problem(404, f"There is no product {shown(product_id)}.")


def _known_list(filters: Filters, index: SearchIndex) -> Filters:
    """The filters, when the index has their price list. Raises ParameterError."""
    known = index.price_lists
    if filters.price_list and filters.price_list not in known:
        asked = f"ask for {', '.join(known)}, or for none" if known else "this shop has none beside its own prices"
        raise ParameterError(f"There is no price list {shown(filters.price_list)}: {asked}.")
    return filters


async def _taste(request: Request) -> Taste:
    """The taste of the visitor who is named; none without a list, in the control arm or while Postgres is away."""
    state = request.app.state
    visitor_id = read_text(request.query_params, "visitor_id")
    if not visitor_id or arm_of(visitor_id, state.control_share) == "control" or not state.fallback.may_ask():
        return NO_TASTE
    try:
        items = await recommend(state.pool, visitor_id, "home", None, PLACES)
    except DATABASE_ERRORS:
        state.fallback.note_failure()
        return NO_TASTE
    state.fallback.note_success()
    return Taste.of(items)


async def _kept(request: Request, answer: Callable[[SearchIndex], Any], taste: Taste = NO_TASTE) -> Response:
    """304 when the client has the answer; the bytes of the same request, if they are still kept; else the answer."""
    index: SearchIndex = request.app.state.index
    bodies: RecentBodies = request.app.state.search_bodies
    is_personal = bool(taste.key)
    etag = etag_of(index.state + taste.key, request)
    if unchanged := not_modified(request, etag, is_personal):
        return unchanged
    body = bodies.get(etag)
    if body is None:
        body = await to_thread.run_sync(
            lambda: msgspec.json.encode(answer(index)), limiter=request.app.state.search_threads
        )
        bodies.keep(etag, body)
    return Response(body, headers=caching(etag, is_personal), media_type="application/json")
