"""Magento's REST API over the demo shop's store: lists by searchCriteria, with a bearer token.

Errors have Magento's body: a `message` with placeholders, and the values of these in `parameters`.
Source: Adobe Commerce, "Web API responses" and the admin REST reference 2.4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo_shop.magento.collections import Collection, Collections
from demo_shop.magento.fields import only, parse_fields
from demo_shop.magento.people_records import store_config
from demo_shop.magento.search_criteria import BadSearch, parse_search_criteria
from demo_shop.magento.values import JsonRecord
from demo_shop.profile import ShopProfile
from demo_shop.store.store import Store

STORE_VIEWS = ("default", "all")


class MagentoRestApi:
    """The endpoints over one store. Each is a synchronous function of a request, run in Starlette's thread pool."""

    def __init__(self, store: Store, shop: ShopProfile, access_token: str) -> None:
        self._store, self._shop, self._access_token = store, shop, access_token

    def routes(self) -> list[Route]:
        """The endpoints by path; all other paths below /rest/ are answered 404 as Magento does."""
        collections = Collections(self._store, self._shop).by_path()
        return [
            Route(
                "/rest/{store_view}/V1/store/storeConfigs", self._guarded("Magento_Backend::store", self.store_configs)
            ),
            *(
                Route(f"/rest/{{store_view}}/V1/{path}", self._guarded(collection.resource, self._lister(collection)))
                for path, collection in collections.items()
            ),
            Route("/rest/{path:path}", lambda _request: error(404, "Request does not match any route.")),
        ]

    def store_configs(self, _request: Request) -> Response:
        """GET store/storeConfigs: the one store of the shop."""
        return JSONResponse([store_config(self._shop)])

    def _guarded(self, resource: str, endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            if request.headers.get("authorization", "") != f"Bearer {self._access_token}":
                return error(401, "The consumer isn't authorized to access %resources.", resources=resource)
            if request.path_params["store_view"] not in STORE_VIEWS:
                return error(404, "Specified request cannot be processed.")
            return endpoint(request)

        return answer

    @staticmethod
    def _lister(collection: Collection[Any]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            # Starlette's query_params would keep only one of several parameters with the same name
            parameters = parse_qsl(request.url.query, keep_blank_values=True)
            try:
                criteria = parse_search_criteria(parameters)
                records, count = collection.answer(criteria)
            except BadSearch as reason:
                return error(400, str(reason))
            content = {"items": records, "search_criteria": criteria.as_record(), "total_count": count}
            return JSONResponse(only(_without_nulls(content), parse_fields(dict(parameters).get("fields", ""))))

        return answer


def error(status: int, message: str, **parameters: str) -> Response:
    """An error as Magento answers it; `parameters` are the values of the message's placeholders."""
    content: JsonRecord = {"message": message}
    if parameters:
        content["parameters"] = parameters
    return JSONResponse(content, status)


def _without_nulls(content: Any) -> Any:
    """`content` without fields that are null: Magento leaves them out."""
    if isinstance(content, dict):
        return {name: _without_nulls(value) for name, value in content.items() if value is not None}
    if isinstance(content, list):
        return [_without_nulls(item) for item in content]
    return content
