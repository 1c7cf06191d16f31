"""The API keeps to its own description, whatever a client sends."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from starlette.testclient import TestClient

from comptoir.settings import Settings
from storefront.api import make_app
from storefront.fallback import Fallback
from storefront.openapi import description
from storefront.search.builder import index_products
from tests.support.products import SHELF

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
schema = schemathesis.openapi.from_dict(description())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A shop without Postgres, which has a trending list from before."""
    folder = tmp_path_factory.mktemp("shop")
    shop = Settings(
        data_dir=folder, postgres_url=NOWHERE, storefront_password="storefront", address_requests_burst=10**6
    )  # type: ignore[arg-type]
    index_products(SHELF, shop.search_index_dir)
    Fallback(shop.trending_file).keep(
        [{"rank": 1, "product_id": "1", "title": "Norvane Slim 14 laptop, OLED", "source": "trending"}]
    )
    app = make_app(shop)
    with TestClient(app, raise_server_exceptions=False) as started:
        yield started  # type: ignore[misc]


@schema.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_answer_is_one_that_is_described(case: schemathesis.Case, client: TestClient) -> None:
    response = client.request(
        case.method, case.formatted_path, params=case.query or {}, headers=dict(case.headers or {})
    )
    case.validate_response(response, checks=(not_a_server_error, status_code_conformance, response_schema_conformance))


@pytest.mark.parametrize(
    ("refused", "status"),
    [({"params": {"q": "x" * 9_000}}, 414), ({"headers": {"x-long": "y" * 17_000}}, 431)],
    ids=["a long address", "long headers"],
)
def test_what_every_request_may_be_refused_for_is_described(
    client: TestClient, refused: dict[str, dict[str, str]], status: int
) -> None:
    assert client.get("/v1/search", **refused).status_code == status  # type: ignore[arg-type]
    assert all(str(status) in path["get"]["responses"] for path in description()["paths"].values())
