"""The platform as `comptoir up` starts it, with a small generated shop: from source to consumer.

The tests of this folder are one story and run in the order of their files; each leaves the stack usable for the next.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from threading import Event

import httpx
import pytest

from comptoir.settings import Settings
from demo_shop.seed import history_of, seed_shop
from demo_shop.traffic.history import Size
from demo_shop.traffic.send_history import send_history
from local.key_rotation import rotate_pseudonym_key
from orchestration.run import run_dagster_job
from privacy.webhooks import PATH
from tests.support import signed_webhooks
from tests.support.doors import DOORS
from tests.support.people import PEOPLE
from tests.support.signed_in_visits import SignedInVisits
from tests.support.stack import running_stack
from tests.support.whole_platform import (
    ledger_of,
    require_success,
    rows,
    shop,
)

SMALL = Size(days=40, visits_per_day=15, till_orders_per_day=2)


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running stack with a filled shop, its history sent and the first daily job done."""
    with running_stack(
        tmp_path_factory.mktemp("stack"), SCHEDULES_RUN="false", WEBHOOK_SECRETS=signed_webhooks.SECRET
    ) as settings:
        list(seed_shop(settings, None, end=datetime.now(UTC), size=SMALL))
        report = send_history(history_of(settings), settings.collector_url, settings.write_key)
        assert report.acknowledged > 500
        require_success(run_dagster_job("daily", settings.dagster_url))
        yield settings


@pytest.fixture(scope="package")
def planted(settings: Settings) -> int:
    """How many requests brought the identifiers of thirty: through each door of the collector and by webhooks."""
    authorization = b"Basic " + b64encode(f"{settings.write_key}:".encode())
    with httpx.Client(base_url=settings.collector_url, timeout=30) as client:
        for door, person in product(DOORS.values(), PEOPLE):
            path, body, headers = door(person)
            given = {**headers, b"authorization": authorization}
            assert client.post(path, content=body, headers=list(given.items())).status_code in (200, 400)
    webhooks = [webhook for person in PEOPLE for webhook in signed_webhooks.doors(person)]
    with httpx.Client(base_url=f"http://{settings.host}:{settings.privacy_port}", timeout=30) as client:
        for status, body, given in webhooks:
            assert client.post(PATH, content=body, headers=given).status_code == status, given
    return len(DOORS) * len(PEOPLE) + len(webhooks)


@pytest.fixture(scope="package")
def visits(settings: Settings, pytestconfig: pytest.Config) -> SignedInVisits:
    """Customers who were signed in on one device before, on one during and on one after a rotation of the key."""
    count = max(40, 4 * pytestconfig.getoption("--erased"))
    customers = [number for (number,) in rows(settings, "select customer_id::text from pii.customer_pseudonyms")]
    products = [product for (product,) in rows(settings, "select product_id from serving.products order by 1")]
    visits = SignedInVisits(settings, sorted(customers)[:count], products)
    said: list[str] = []
    assert len(visits.customers) == count and visits.once("phone") == 3 * count
    with ThreadPoolExecutor() as pool:
        is_over = Event()
        meanwhile = pool.submit(visits.until, is_over, "tablet")
        try:
            rotate_pseudonym_key(settings, said.append)
        finally:
            is_over.set()
        assert meanwhile.result() > 200
    assert visits.once("laptop") == 2 * count
    assert "names joined" in said[-1] and len([line for line in said if " ready in " in line]) == 2, said
    return visits


@pytest.fixture(scope="package")
def changed(settings: Settings) -> tuple[dict[tuple[str, str], tuple[Decimal, ...]], ...]:
    """The shop's ledger before and after an order, refunds and a cancellation, and then one good daily run.

    Asked for after the runs that fail, so that this run is also the next good one.
    """
    products = [product for (product,) in rows(settings, "select product_id from serving.products where is_in_stock")]
    basket = {"lines": [{"product_id": int(products[0]), "quantity": 2}, {"product_id": int(products[1])}]}
    open_orders = (
        "select order_id from marts.fct_orders where not is_cancelled and returns_amount = 0 order by ordered_at"
    )
    old = [order for (order,) in rows(settings, open_orders)]
    before = ledger_of(settings)
    with shop(settings) as client:
        pounds = client.post("/demo/orders", json=basket | {"currency": "GBP", "country_code": "GB"}).raise_for_status()
        order = pounds.json()
        client.post(f"/demo/orders/{old[0]}/refund", json={}).raise_for_status()  # an old order, changed late
        client.post(f"/demo/orders/{old[1]}/cancel", json={}).raise_for_status()
        one_unit = {"lines": {str(order["lines"][0]["line_id"]): 1}}
        client.post(f"/demo/orders/{order['order_id']}/refund", json=one_unit).raise_for_status()
    require_success(run_dagster_job("daily", settings.dagster_url))
    return before, ledger_of(settings)
