"""The API's description, OpenAPI 3.1: GET /openapi.json. Schemas of search come from the types that it answers with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from recommendations.reason_codes import CODES, LANGUAGES
from storefront.parameters import MAX_ATTRIBUTES, QUERY_CHARACTERS
from storefront.recommendation_lists import KINDS, SLOTS
from storefront.responses import JsonResponse
from storefront.search.answers import SearchResult, Suggestions
from storefront.search.listing import SORTS
from storefront.search.reader import MAX_LIMIT, MAX_OFFSET

VERSION = "1.4.0"
ReasonCode = Literal[CODES]  # type: ignore[valid-type]  # each of them
TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "number"}, {"type": "string", "enum": ["0", "1", "true", "false"]}


def _whole(default: int, highest: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": highest, "default": default}


def _choice(choices: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(choices), "default": choices[0]}


def _parameter(name: str, schema: dict[str, Any], description: str, place: str = "query") -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "schema": schema,
        "description": description,
    }


def _listed(name: str, description: str) -> dict[str, Any]:
    return _parameter(name, {"type": "array", "items": TEXT, "maxItems": 50}, description) | {"explode": True}


_Q = _parameter("q", TEXT | {"maxLength": QUERY_CHARACTERS}, "What the visitor typed.")
_PRICE_LIST = _parameter(
    "price_list",
    TEXT,
    "Whose prices are shown, filtered, sorted and counted: a currency or a customer group. None: the shop's own.",
)
_FILTERS = [
    _listed("brand", "Any of these brands."),
    _listed("category", "Any of these categories."),
    _listed("department", "Any of these departments."),
    _PRICE_LIST,
    _parameter("price_min", NUMBER, "The lowest price, in the price list's currency."),
    _parameter("price_max", NUMBER, "The highest price."),
    _parameter("rating_min", NUMBER, "The lowest rating, 0 to 5."),
    _parameter("in_stock", FLAG, "1: only what can be bought now."),
    _parameter(
        "attributes",
        {"type": "object", "additionalProperties": TEXT, "maxProperties": MAX_ATTRIBUTES},
        "attr.<name>=value, as often as values are ticked; attr_min.<name> and attr_max.<name>=number.",
    )
    | {"style": "form", "explode": True},
]
_SEARCH = [
    _Q,
    _parameter("sort", _choice(SORTS), "Sorted otherwise than by relevance, only products with every word are listed."),
    _parameter("limit", _whole(24, MAX_LIMIT), "Hits on the page."),
    _parameter("offset", _whole(0, MAX_OFFSET), "Hits before the page."),
    _parameter("facets", FLAG, "0: no facets, which is faster."),
    _parameter("exact", FLAG, "1: as typed: no correction, no price taken from the words."),
    _parameter("highlight", FLAG, "1: `highlights` in each hit, as escaped HTML with <mark>."),
    _parameter("visitor_id", TEXT, "The tracker's anonymous id: what fits alike comes in the order of their taste."),
    *_FILTERS,
]
_PRODUCT_ID = _parameter("product_id", TEXT, "The shop's number of the product.", "path")
_LANG = _parameter("lang", _choice(LANGUAGES), "The language of `reason`.")
_N = _parameter("n", _whole(10, 50), "Items at most.")

# path -> (summary, parameters, schema of the answer, may it be kept)
_PATHS: dict[str, tuple[str, list[dict[str, Any]], str, bool]] = {
    "/v1/search": ("Products for a query, with facets", _SEARCH, "SearchResult", True),
    "/v1/suggest": (
        "Queries, categories and products for what was typed so far",
        [_Q, _parameter("limit", _whole(6, 20), "Of each kind at most."), _PRICE_LIST],
        "Suggestions",
        True,
    ),
    "/v1/facets/{facet}": (
        "Values of one facet that contain a text",
        [
            _parameter("facet", TEXT, "brand, category, department or attr.<name>.", "path"),
            _Q,
            _parameter("facet_query", TEXT, "What the values contain."),
            _parameter("limit", _whole(20, MAX_LIMIT), "Values at most."),
            *_FILTERS,
        ],
        "FacetValues",
        True,
    ),
    "/v1/products/{product_id}": ("A product's card with its attributes", [_PRODUCT_ID, _PRICE_LIST], "Card", False),
    "/v1/products/{product_id}/neighbours": (
        "Products like one, or bought together with it",
        [_PRODUCT_ID, _parameter("kind", _choice(KINDS), "Which of the two."), _N, _LANG],
        "Recommendations",
        False,
    ),
    "/v1/recommendations": (
        "Products for a visitor, known or not",
        [
            _parameter("visitor_id", TEXT, "The tracker's anonymous id."),
            _parameter("slot", _choice(SLOTS), "Where they are shown."),
            _parameter("product_id", TEXT, "The product on screen."),
            _N,
            _LANG,
        ],
        "Recommendations",
        False,
    ),
    "/v1/trending": (
        "Products in demand now",
        [_parameter("category", TEXT, "Of this category; none: of the shop."), _N, _LANG],
        "Recommendations",
        False,
    ),
}


class Card(msgspec.Struct):
    """A product as lists show it. Amounts are in units of `currency`."""

    product_id: str
    title: str
    sku: str | None = None
    barcode: str | None = None
    brand: str | None = None
    category: str | None = None
    department: str | None = None
    price: float | None = None
    compare_at_price: float | None = None
    currency: str | None = None
    rating: float | None = None
    rating_count: int = 0
    image_url: str | None = None
    is_in_stock: bool = False
    score: float | None = None
    variants_count: int = 1
    variants: list[dict[str, Any]] = []
    highlights: dict[str, str] = {}
    attributes: dict[str, Any] = {}


class FacetValue(msgspec.Struct):
    """A value of a facet, how many products it would leave, and the value as HTML with the text marked."""

    value: str
    count: int
    highlighted: str


class FacetValues(msgspec.Struct):
    """Values of one facet."""

    facet: str
    values: list[FacetValue]


class RecommendedItem(msgspec.Struct):
    """A card with its place and why it is shown: `reason_code` and what the reason names, and `reason`, a sentence."""

    rank: int
    product_id: str
    title: str
    source: str
    reason: str | None = None
    reason_code: ReasonCode | None = None
    reason_subject: str | None = None
    score: float | None = None
    model_version: str | None = None


class Recommendations(msgspec.Struct):
    """Cards, best first. `fallback`: Postgres is away, and this is the shop's trending list as of `as_of`. `stale`: the
    lists follow no clicks now."""

    items: list[RecommendedItem]
    fallback: bool
    stale: bool
    as_of: str | None = None


class Problem(msgspec.Struct):
    """What is wrong, where, and what to do."""

    error: str


async def openapi(_: Request) -> Response:
    """GET /openapi.json."""
    return JsonResponse(description(), headers={"cache-control": "public, max-age=3600"})


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """The OpenAPI document."""
    types = [SearchResult, Suggestions, FacetValues, Recommendations, Card, Problem]
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schemas["SearchResult"]["properties"]["hits"]["items"] = {"$ref": "#/components/schemas/Card"}
    schemas["Suggestions"]["properties"]["products"]["items"] = {"$ref": "#/components/schemas/Card"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Comptoir storefront",
            "version": VERSION,
            "summary": "Search and recommendations of one shop.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {path: {"get": _operation(path, *parts)} for path, parts in _PATHS.items()},
        "components": {"schemas": schemas},
    }


def _operation(
    path: str, summary: str, parameters: list[dict[str, Any]], schema: str, may_be_kept: bool
) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": _content("The answer.", schema)}
    if may_be_kept:
        answers["304"] = {"description": "The client's copy (If-None-Match) is the same."}
    if "{product_id}" in path and path.endswith("}"):
        answers["404"] = _content("There is no such product.", "Problem")
    for status, meaning in (
        ("400", "A parameter that is not allowed."),
        ("413", "A body, which no request needs, is too large."),
        ("414", "The address has too long a path or query."),
        ("431", "The headers are too large."),
        ("429", "The address asks too much; Retry-After says when to ask again."),
        ("503", "There is no index yet, or Postgres is away and no list was kept."),
    ):
        answers[status] = _content(meaning, "Problem")
    name = path.removeprefix("/v1/").replace("/", "_").replace("{", "").replace("}", "")
    return {"operationId": name, "summary": summary, "parameters": parameters, "responses": answers}


def _content(meaning: str, schema: str) -> dict[str, Any]:
    return {
        "description": meaning,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
