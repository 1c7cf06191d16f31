"""The document of the demo shop's pages, with what is there without JavaScript: departments, lists and products.

A browser with JavaScript draws the page itself; what stands in <noscript> is for those without, and for robots. It is
made of the API's own answers.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request

PAGE_SIZE = 24
DEPARTMENTS_SHOWN = 9
DEEPEST = 10_000  # the API's highest offset
OWN_PARAMETERS = ("page", "until", "limit", "offset", "facets", "highlight")  # set by the page, not by its address

FRENCH = {
    "All products": "Tous les produits",
    "Add to cart and check-out need JavaScript.": "Le panier et la commande demandent JavaScript.",
    "This page needs JavaScript.": "Cette page demande JavaScript.",
    "Next": "Suivant",
    "Previous": "Précédent",
    "Sold out": "Épuisé",
    "products": "produits",
}


class PlainPages:
    """Fills the document `template`; `config` is what the pages' scripts read."""

    def __init__(self, template: str, config: Mapping[str, Any]) -> None:
        content = html.escape(msgspec.json.encode(config).decode())
        self._template = template.replace(
            'name="comptoir-config" content=""', f'name="comptoir-config" content="{content}"'
        )

    async def document(self, request: Request) -> str:
        """The document of a request, whatever the API answers: at worst its sentence stands in place of a list."""
        lang = "fr" if request.headers.get("accept-language", "").lower().startswith("fr") else "en"
        words = _Words(lang)
        async with _Api(request) as api:
            departments = await api.get("/v1/search", [("limit", "0")])
            title, plain = await _plain_page(api, request, words)
        links = [
            f'<a href="/search?{urlencode({"department": one["value"]})}">{html.escape(one["value"])}</a>'
            for one in departments.get("facets", {}).get("department", [])[:DEPARTMENTS_SHOWN]
        ]
        return (
            self._template.replace('<html lang="en">', f'<html lang="{lang}">')
            .replace("<title>Comptoir</title>", f"<title>{html.escape(title)}Comptoir</title>")
            .replace("data-t></nav>", f"data-t>{''.join(links)}</nav>")
            .replace("<noscript></noscript>", f"<noscript>{plain}</noscript>")
        )


class _Words:
    def __init__(self, lang: str) -> None:
        self._texts = FRENCH if lang == "fr" else {}

    def __call__(self, text: str) -> str:
        return html.escape(self._texts.get(text, text))


class _Api:
    """The storefront's API, asked in this process."""

    def __init__(self, request: Request) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(request.app, raise_app_exceptions=False), base_url="http://storefront"
        )

    async def __aenter__(self) -> _Api:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, path: str, parameters: list[tuple[str, str]]) -> dict[str, Any]:
        """The decoded answer; `error` has a sentence when there is none."""
        answer = await self._client.get(f"{path}?{urlencode(parameters)}")
        return dict(msgspec.json.decode(answer.content))


async def _plain_page(api: _Api, request: Request, words: _Words) -> tuple[str, str]:
    """The beginning of the document's title, and what stands in <noscript>."""
    product_id = request.path_params.get("product_id")
    if product_id is not None:
        card = await api.get(f"/v1/products/{quote(product_id, safe='')}", [])
        if "error" in card:
            return "", f"<p>{html.escape(card['error'])}</p>"
        return f"{card['title']} – ", _product(card, words)
    if request.url.path in ("/cart", "/thanks"):
        return "", f"<p>{words('This page needs JavaScript.')}</p>"
    query = request.query_params
    page = int(text) if (text := query.get("page", "1")).isascii() and text.isdigit() and len(text) < 6 else 1
    asked = [(name, value) for name, value in query.multi_items() if name not in OWN_PARAMETERS]
    offset = min((max(page, 1) - 1) * PAGE_SIZE, DEEPEST)
    found = await api.get("/v1/search", [*asked, ("limit", str(PAGE_SIZE)), ("offset", str(offset)), ("facets", "0")])
    if "error" in found:
        return "", f"<p>{html.escape(found['error'])}</p>"
    title = query.get("q") or query.get("category") or query.get("department") or ""
    return f"{title} – " if title else "", _list(title, found, query, max(page, 1), words)


def _list(title: str, found: Mapping[str, Any], query: QueryParams, page: int, words: _Words) -> str:
    rows = "".join(f"<li>{_link(hit)} {_price(hit)}{_sold_out(hit, words)}</li>" for hit in found["hits"])
    heading = html.escape(title) if title else words("All products")
    pages = -(-int(found["total"]) // PAGE_SIZE)
    turns = [
        f'<a href="/search?{_address(query, number)}">{words(name)}</a>'
        for name, number in (("Previous", page - 1), ("Next", page + 1))
        if 1 <= number <= pages
    ]
    total = f"{found['total']} {words('products')}"
    return f'<h1>{heading}</h1><p>{total}</p><ul class="plain">{rows}</ul><p>{" ".join(turns)}</p>'


def _product(card: Mapping[str, Any], words: _Words) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(str(name))}</th><td>{html.escape(str(value))}</td></tr>"
        for name, value in (card.get("attributes") or {}).items()
    )
    note = words("Add to cart and check-out need JavaScript.")
    heading = html.escape(card["title"])
    return f"<h1>{heading}</h1><p>{_price(card)}{_sold_out(card, words)}</p><table>{rows}</table><p>{note}</p>"


def _address(query: QueryParams, page: int) -> str:
    kept = [(name, value) for name, value in query.multi_items() if name not in OWN_PARAMETERS]
    return html.escape(urlencode([*kept, ("page", str(page))]))


def _link(hit: Mapping[str, Any]) -> str:
    return f'<a href="/product/{quote(str(hit["product_id"]), safe="")}">{html.escape(str(hit["title"]))}</a>'


def _price(hit: Mapping[str, Any]) -> str:
    return "" if hit["price"] is None else f"{hit['price']:.2f} {html.escape(hit['currency'] or '')}"


def _sold_out(hit: Mapping[str, Any], words: _Words) -> str:
    return "" if hit["is_in_stock"] else f" – {words('Sold out')}"
