"""The storefront's HTTP API, one function per path; the app's state has `index`, `pool` and `control_share`.

Each may raise ParameterError (answered 400), IndexMissingError or one of DATABASE_ERRORS (both 503); see errors.py.
What reaches them has passed request_checks.py.
"""

from __future__ import annotations

import psycopg
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from recommendations.experiment import arm_of
from storefront import recommendation_lists
from storefront.parameters import QUERY_CHARACTERS, read_choice, read_count, read_filters, read_text
from storefront.responses import JsonResponse, problem, shown
from storefront.search.reader import MAX_LIMIT, MAX_OFFSET, SORTS
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


def search(request: Request) -> Response:
    """GET /v1/search?q=&sort=&limit=&offset=&facets= and the filters of `parameters.read_filters`: a `SearchResult`."""
    query = request.query_params
    result = request.app.state.index.search(
        read_text(query, "q", QUERY_CHARACTERS),
        read_filters(query),
        read_choice(query, "sort", SORTS),
        read_count(query, "limit", 24, MAX_LIMIT),
        read_count(query, "offset", 0, MAX_OFFSET),
        with_facets=read_text(query, "facets") != "0",
    )
    return JsonResponse(result)


def product(request: Request) -> Response:
    """GET /v1/products/{product_id}: the product's card with its attributes, or 404."""
    product_id = request.path_params["product_id"]
    found = request.app.state.index.product(product_id)
    return JsonResponse(found) if found else problem(404, f"There is no product {shown(product_id)}.")


async def neighbours(request: Request) -> Response:
    """GET /v1/products/{product_id}/neighbours?kind=similar|together&n=: cards, best first."""
    kind = read_choice(request.query_params, "kind", recommendation_lists.KINDS)
    n = read_count(request.query_params, "n", 8, MAX_RECOMMENDATIONS)
    product_id = request.path_params["product_id"]
    items = await recommendation_lists.neighbours(request.app.state.pool, product_id, kind, n)
    return JsonResponse({"product_id": product_id, "kind": kind, "items": items})


async def recommend(request: Request) -> Response:
    """GET /v1/recommendations?visitor_id=&slot=home|product|cart&product_id=&n=: cards, best first.

    A visitor in the control arm of the experiment is answered as one who is not known.
    """
    query = request.query_params
    slot = read_choice(query, "slot", recommendation_lists.SLOTS)
    n = read_count(query, "n", 10, MAX_RECOMMENDATIONS)
    visitor_id, on_screen = read_text(query, "visitor_id"), read_text(query, "product_id") or None
    arm = arm_of(visitor_id, request.app.state.control_share)
    known_as = "" if arm == "control" else visitor_id
    items = await recommendation_lists.recommend(request.app.state.pool, known_as, slot, on_screen, n)
    return JsonResponse({"visitor_id": visitor_id, "slot": slot, "arm": arm, "items": items})


async def trending(request: Request) -> Response:
    """GET /v1/trending?category=&n=: cards, best first."""
    category = read_text(request.query_params, "category")
    n = read_count(request.query_params, "n", 10, MAX_RECOMMENDATIONS)
    items = await recommendation_lists.trending(request.app.state.pool, category, n)
    return JsonResponse({"category": category, "items": items})


async def health(request: Request) -> Response:
    """GET /health: 200 when search and recommendations can answer, else 503 and what is missing."""
    missing = {}
    try:
        version = request.app.state.index.version
    except IndexMissingError as error:
        version, missing["search"] = None, str(error)
    try:
        await recommendation_lists.trending(request.app.state.pool, "", 1)
    except DATABASE_ERRORS:
        missing["recommendations"] = NO_DATABASE
    return JsonResponse({"ok": not missing, "index": version, "missing": missing}, 503 if missing else 200)
