"""The platform as `comptoir up` starts it, with a small generated shop: from source to consumer.

The tests of this module are one story and run in its order; each leaves the stack usable for the next.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from dagster import DagsterRunStatus
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from benchmarks.support.kafka_records import consume
from cli.app import app
from comptoir.logins import LOGINS, SECRETS
from comptoir.setting_mistakes import plain, variable
from comptoir.setting_secrets import GENERATED
from comptoir.settings import Settings, get_settings
from demo_shop.content.taxonomy import BY_NAME
from demo_shop.seed import history_of, seed_shop
from demo_shop.store.store import STORE_FILE
from demo_shop.traffic.history import Size
from demo_shop.traffic.send_history import send_history
from local.demo import require_no_lag
from local.demo_click import click_and_watch
from local.key_rotation import rotate_pseudonym_key
from local.supervision import Supervisor
from local.waiting import wait_until
from orchestration.dagster_api import DagsterApi
from orchestration.run import FINISHED, RunOutcome, run_dagster_job
from streaming.persons import other_devices
from streaming.recompute import compare_with_raw
from tests.support.browser import chromium
from tests.support.byte_search import files_with
from tests.support.doors import DOORS
from tests.support.launchpad import launch
from tests.support.signed_in_visits import A_PERSON, SignedInVisits
from tests.support.stack import running_stack
from tests.support.whole_platform import ANTIDOTE, POISON, connector_of, execute, ledger_of, mart, published, rows, shop

pytestmark = [pytest.mark.services, pytest.mark.timeout(1500)]

SMALL = Size(days=40, visits_per_day=15, till_orders_per_day=2)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running stack with a filled shop, its history sent and the first daily job done."""
    with running_stack(tmp_path_factory.mktemp("stack"), SCHEDULES_RUN="false") as settings:
        list(seed_shop(settings, None, end=datetime.now(UTC), size=SMALL))
        report = send_history(history_of(settings), settings.collector_url, settings.write_key)
        assert report.acknowledged > 500
        require_success(run_dagster_job("daily", settings.dagster_url))
        yield settings


def require_success(outcome: RunOutcome) -> None:
    assert outcome.success and not outcome.failed_checks, (outcome.error, outcome.failed_steps, outcome.failed_checks)


def test_each_process_is_given_its_own_secrets_and_no_others(settings: Settings) -> None:
    """That each works with them is what the other tests show. Its children inherit what it has."""
    passwords = {variable(name): plain(getattr(settings, name)) for name in GENERATED}
    states = Supervisor(settings.data_dir).states()
    running = {name: state["pid"] for name, state in states.items() if state["pid"]}
    assert running.keys() >= SECRETS.keys() - {"privacy", "visitors", "dagster-readers"}  # not started here
    for name, pid in running.items():
        environment = psutil.Process(pid).environ()
        held = {key for key, password in passwords.items() if password in "\n".join(environment.values())}
        assert held == {variable(each) for each in SECRETS.get(name, ()) if each in GENERATED}, name  # type: ignore[call-overload]


def test_nobody_else_reads_the_data_folder(settings: Settings) -> None:
    """What is directly in it is closed, and so is all below."""
    # when root starts it, Postgres runs as another user, who must pass
    others = 0o066 if os.geteuid() == 0 else 0o077
    assert not settings.data_dir.stat().st_mode & others
    found = list(settings.data_dir.iterdir())
    assert len(found) > 8 and [each for each in found if each.stat().st_mode & 0o077] == []


def test_no_process_works_as_the_owner_of_the_database(settings: Settings) -> None:
    found = rows(
        settings,
        """
        select distinct usename from pg_stat_activity
        where
            backend_type = 'client backend' and pid <> pg_backend_pid()
            and usename is not null -- a connection that is being made has no login yet
        """,
    )
    logins = {login for (login,) in found}
    assert {"stream", "storefront"} <= logins <= set(LOGINS)


def test_net_sales_equal_the_shops_ledger(settings: Settings) -> None:
    ledger = ledger_of(settings)
    assert len(ledger) > SMALL.days and len({currency for _, currency in ledger}) >= 2
    assert sum(amounts[2] for amounts in ledger.values()) > 0, "the history holds no return"
    assert mart(settings) == ledger


def test_every_acknowledged_event_is_in_raw_once(settings: Settings) -> None:
    duplicates = rows(settings, "select event_id from raw_clickstream.events group by 1 having count(*) > 1")
    assert duplicates == []
    # invariant I2: per partition every offset up to the lander's ends in exactly one of the three tables
    gaps = rows(
        settings,
        """
        with landed as (
            select kafka_topic as topic, kafka_partition as partition, kafka_offset as "offset"
            from raw_clickstream.events
            union all select topic, partition, "offset" from raw_clickstream.bad_events
            union all select topic, partition, "offset" from raw_clickstream.duplicate_events
        )
        select offsets.topic, offsets.partition, offsets.next_offset, count(landed.*), count(distinct landed."offset")
        from raw_clickstream.kafka_offsets as offsets left join landed using (topic, partition)
        group by 1, 2, 3
        having count(landed.*) <> offsets.next_offset or count(distinct landed."offset") <> offsets.next_offset
        """,
    )
    assert gaps == []


def test_a_click_changes_the_recommendations(settings: Settings) -> None:
    wait_until(lambda: require_no_lag(settings), "the stream", seconds=300, every=1)
    click = click_and_watch(settings)
    assert click.changed
    assert len(click.before) == len(click.after) == 5
    assert all(item["reason"] for item in click.after)


def test_after_neither_nothing_of_an_hours_browsing_is_left(
    settings: Settings, record_property: Callable[[str, object], None]
) -> None:
    """How long it takes from the no to the last row is noted for who asks (`--junitxml`)."""
    counts = (
        "select * from serving.pair_counts order by 1, 2, 3",
        "select * from serving.product_counts order by 1, 2, 3",
    )
    before = [rows(settings, query) for query in counts]
    visitor, now = "leaves-after-an-hour", datetime.now(UTC)
    products = [product for (product,) in rows(settings, "select product_id from serving.products order by 1")]
    hour = [
        _view(number, now - timedelta(minutes=60 - number / 2), settings)
        | {
            "messageId": f"{visitor}-{number}",
            "anonymousId": visitor,
            "context": {"sessionId": visitor, "userAgent": A_PERSON},  # the sender's own is a robot's
            "properties": {"product_id": product},
        }
        for number, product in enumerate(products[:100])
    ]
    send_history(hour, settings.collector_url, settings.write_key)
    wait_until(lambda: require_no_lag(settings), "the stream", seconds=300, every=1)
    left = f"""
        select 1 from serving.visitor_events where visitor_id = '{visitor}'
        union all select 1 from serving.recommendation_lists where visitor_id = '{visitor}'
    """
    assert len(rows(settings, left)) > 100 and [rows(settings, query) for query in counts] != before

    send_history([_no(visitor)], settings.collector_url, settings.write_key)
    said = time.monotonic()

    def check() -> None:
        assert rows(settings, left) == []

    wait_until(check, "the visitor's rows to go", seconds=60, every=0.02)
    record_property("seconds until nothing was left", round(time.monotonic() - said, 2))
    assert [rows(settings, query) for query in counts] == before


def _no(visitor: str) -> dict[str, Any]:
    """As our tracker tells the collector when a visitor who agreed takes it back."""
    refused = {"consent": {"analytics": False, "personalisation": False}}
    at = datetime.now(UTC).isoformat()
    return {"type": "withdrawal", "messageId": f"no-of-{visitor}", "anonymousId": visitor, "originalTimestamp": at,
            "context": refused}  # fmt: skip


@pytest.mark.browser
def test_two_laptops_of_which_one_is_in_the_cart_bring_its_rivals_and_accessories(
    settings: Settings, tmp_path: Path
) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, locale="en-GB", user_agent=A_PERSON)
        page.goto(settings.storefront_url)
        page.get_by_role("button", name="Accept both").click()
        expect(page.locator("#for-you .item")).to_have_count(8)
        bestsellers = shown(page, "#for-you")
        page.screenshot(path=tmp_path / "1_a_new_visitor.png")
        viewed = []
        for place in (0, 1):
            page.locator("comptoir-search [role=combobox]").fill("laptop")
            page.locator("comptoir-search [role=combobox]").press("Enter")
            page.get_by_role("checkbox", name="Laptops").click()
            card = page.locator(".results .card").nth(place)
            viewed.append(card.get_attribute("data-product"))
            card.click()
            expect(page.locator("article.product h1")).to_be_visible()
        page.get_by_role("button", name="Add to cart").click()
        page.screenshot(path=tmp_path / "2_the_second_laptop.png")
        page.goto(settings.storefront_url)
        expect(page.locator("#live")).to_contain_text("follows what you look at")
        wait_until(lambda: require_no_lag(settings), "the stream", seconds=300)
        page.reload()
        expect(page.locator("#live")).to_contain_text("follows what you look at")
        for_you = shown(page, "#for-you")
        page.screenshot(path=tmp_path / "3_for_you.png")
        page.get_by_role("link", name=re.compile(r"^Cart")).click()
        expect(page.locator("#suggested .item").first).to_be_visible()
        beside_cart = shown(page, "#suggested")
        page.screenshot(path=tmp_path / "4_the_cart.png", full_page=True)
    category = dict(rows(settings, "select product_id, category from serving.products"))
    assert {category[str(product)] for product in viewed} == {"Laptops"}
    rivals = [product for product in for_you if category[product] == "Laptops"]
    assert len(rivals) >= len(for_you) / 2, [category[product] for product in for_you]
    assert viewed[1] not in for_you, "it is the product looked at now"
    assert len(set(for_you) & set(bestsellers)) <= 2
    accessories = [product for product in beside_cart if category[product] in BY_NAME["Laptops"].companions]
    assert len(accessories) >= len(beside_cart) / 2, [category[product] for product in beside_cart]


def shown(page: Page, place: str) -> list[str]:
    """The products of the strip there."""
    products: list[str] = page.locator(place).evaluate("strip => strip.items.map(item => item.product_id)")
    return products


@pytest.fixture(scope="module")
def visits(settings: Settings) -> SignedInVisits:
    """Customers who were signed in on one device before, on one during and on one after a rotation of the key."""
    customers = [number for (number,) in rows(settings, "select customer_id::text from pii.customer_pseudonyms")]
    products = [product for (product,) in rows(settings, "select product_id from serving.products order by 1")]
    visits = SignedInVisits(settings, sorted(customers)[:40], products)
    said: list[str] = []
    assert visits.once("phone") == 80
    with ThreadPoolExecutor() as pool:
        is_over = Event()
        meanwhile = pool.submit(visits.until, is_over, "tablet")
        try:
            rotate_pseudonym_key(settings, said.append)
        finally:
            is_over.set()
        assert meanwhile.result() > 200
    assert visits.once("laptop") == 80
    assert "names joined" in said[-1] and len([line for line in said if " ready in " in line]) == 2, said
    return visits


@pytest.fixture(scope="module")
def planted(settings: Settings) -> int:
    """How many requests with somebody's mail address were sent: one through each door of the collector."""
    authorization = b"Basic " + b64encode(f"{settings.write_key}:".encode())
    with httpx.Client(base_url=settings.collector_url, timeout=30) as client:
        for door in DOORS.values():
            path, body, headers = door()
            given = {**headers, b"authorization": authorization}
            assert client.post(path, content=body, headers=list(given.items())).status_code in (200, 400)
    return len(DOORS)


def test_a_new_key_under_load_loses_no_click_and_splits_no_persons_devices(
    settings: Settings, visits: SignedInVisits
) -> None:
    wait_until(lambda: require_no_lag(settings), "the stream", seconds=300, every=1)
    older = "select person_id from serving.visitor_persons as links where person_id !~ '^k2-'"
    assert rows(settings, older) == []
    with psycopg.connect(settings.database_url) as connection:
        devices = other_devices(connection, [visits.device_of(customer, "laptop") for customer in visits.customers])
    for customer in visits.customers:
        found = devices[visits.device_of(customer, "laptop")]
        assert {visits.device_of(customer, "phone"), visits.device_of(customer, "tablet")} <= found
        assert not found & {visits.device_of(other, "phone") for other in visits.customers if other != customer}
    require_success(run_dagster_job("clickstream", settings.dagster_url))
    landed = "select count(*), count(distinct event_id) from raw_clickstream.events where event_id = any(%s)"
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute(landed, [visits.event_ids]).fetchall() == [(len(visits.event_ids),) * 2]


def test_a_poisoned_batch_stops_at_the_gate(settings: Settings, planted: int) -> None:
    yesterday = published(settings)
    poisoned = rows(
        settings, "select min(id)::text from raw_shop.product_variants union select min(id)::text from raw_shop.orders"
    )
    execute(settings, POISON)
    outcome = run_dagster_job("daily", settings.dagster_url)
    assert not outcome.success
    [shut] = outcome.failed_steps
    assert shut.error.startswith("gate_raw is shut by") and "raw_shop.orders" in shut.error
    messages = " ".join(check.message for check in outcome.failed_checks if check.check == "gate_raw")
    for named in ("negative", "known", "unique", "raw_shop.product_variants", "raw_shop.orders", "999"):
        assert named in messages, messages
    for (row,) in poisoned:
        assert row in messages, messages
    assert published(settings) == yesterday
    assert rows(settings, "select count(*) from serving.recommend('nobody', 'home', null, 5)") == [(5,)]
    execute(settings, ANTIDOTE)


def test_killing_the_connector_fails_the_run_and_publishes_nothing(settings: Settings) -> None:
    yesterday = published(settings)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(run_dagster_job, "daily", settings.dagster_url)
        wait_until(lambda: connector_of(settings).kill(), "the connector", seconds=300)
        outcome = running.result()
    assert not outcome.success
    assert [step.step for step in outcome.failed_steps] == ["shop_sync"]
    assert published(settings) == yesterday


@pytest.fixture(scope="module")
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


def test_the_next_good_run_goes_on(settings: Settings, changed: object) -> None:
    assert mart(settings) == ledger_of(settings)


def test_after_a_new_key_each_customer_is_one_in_the_warehouse(
    settings: Settings, visits: SignedInVisits, changed: object
) -> None:
    named = "select distinct user_id ~ '^k2-' from raw_clickstream.events where event_id = any(%s) order by 1"
    mapped = "select customer_id::text, customer_pseudonym from pii.customer_pseudonyms"
    staged = """
        select visitor_id, array_agg(distinct customer_pseudonym) from staging.stg_clickstream__events
        where event_id = any(%s) group by 1
    """
    stitched = (
        "select visitor_id, customer_pseudonym from intermediate.int_identities__stitched where visitor_id = any(%s)"
    )
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute(named, [visits.event_ids]).fetchall() == [(False,), (True,)]
        customers: dict[str, str] = dict(connection.execute(mapped).fetchall())
        expected = {
            visitor: customers[customer]
            for customer in visits.customers
            for visitor in (
                customers[customer],  # of the shop's server, by whatever key
                *(visits.device_of(customer, device) for device in ("phone", "tablet", "laptop")),
            )
        }
        assert {visitor: of for visitor, [of] in connection.execute(staged, [visits.event_ids])} == expected
        assert dict(connection.execute(stitched, [list(expected)]).fetchall()) == expected
    in_clicks = """
        select count(*) from staging.stg_clickstream__events
        where customer_pseudonym in (select click_pseudonym from pii.click_pseudonyms)
    """
    assert rows(settings, in_clicks) == [(0,)]


def test_net_sales_equal_the_ledger_after_refund_cancellation_and_late_update(
    settings: Settings, changed: tuple[dict[tuple[str, str], tuple[Decimal, ...]], ...]
) -> None:
    before, after = changed
    assert after != before
    assert mart(settings) == after


def test_a_day_is_built_again_from_the_launchpad(settings: Settings, changed: object) -> None:
    ((day, orders),) = rows(
        settings, "select order_date::text, count(*) from marts.fct_orders group by 1 order by 2 desc limit 1"
    )
    execute(settings, f"delete from marts.fct_orders where order_date = '{day}'")
    run_id = launch(settings.dagster_url, "backfill", f"first_day: '{day}'\nlast_day: '{day}'\n")
    api = DagsterApi(settings.dagster_url)

    def require_end() -> None:
        assert (status := api.status(run_id)) in FINISHED, f"the run is {status}"

    wait_until(require_end, "the backfill", seconds=500)
    assert api.status(run_id) is DagsterRunStatus.SUCCESS
    assert rows(settings, f"select count(*) from marts.fct_orders where order_date = '{day}'") == [(orders,)]
    assert mart(settings) == ledger_of(settings)


def test_killing_the_stream_loses_and_doubles_nothing(settings: Settings) -> None:
    supervisor = Supervisor(settings.data_dir)
    end = datetime.now(UTC)
    messages = [_view(number, end - timedelta(seconds=number % 60), settings) for number in range(4_000)]
    before = supervisor.states()["stream"]["pid"]
    report = send_history(messages[:2_000], settings.collector_url, settings.write_key)
    os.killpg(os.getpgid(before), signal.SIGKILL)
    report_after = send_history(messages[2_000:], settings.collector_url, settings.write_key)
    assert report.acknowledged + report_after.acknowledged == 4_000
    wait_until(lambda: require_no_lag(settings), "the stream after its kill", seconds=300, every=1)
    assert supervisor.states()["stream"]["pid"] != before
    require_success(run_dagster_job("clickstream", settings.dagster_url))
    assert rows(settings, "select count(*) from raw_clickstream.events where event_id like 'kill-%'") == [(4_000,)]
    comparison = compare_with_raw(settings.database_url)
    assert comparison.is_equal, comparison.message
    require_success(run_dagster_job("stream_recount", settings.dagster_url))


def _view(number: int, at: datetime, settings: Settings) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Product Viewed",
        "messageId": f"kill-{number}",
        "anonymousId": f"visitor-{number % 97}",
        "originalTimestamp": at.isoformat(),
        "context": {"sessionId": f"session-{number % 97}"},
        "properties": {"product_id": str(number % 211), "category": "Laptops"},
    }


def test_no_mail_of_anybody_is_in_a_byte_of_the_installation(settings: Settings, planted: int) -> None:
    """Sent through every door before a daily run; and those of the shop's customers, which its API would give."""
    assert planted > 30
    with closing(sqlite3.connect(settings.demo_shop_dir / STORE_FILE)) as store:
        customers = " ".join(body.decode() for (body,) in store.execute("select body from customers"))
    mails = sorted(set(re.findall(r"[\w.]+@[\w.]+", customers)))
    assert len(mails) > 100
    words = ["lovelace", *mails]
    assert files_with(settings.demo_shop_dir, words)  # there it is
    execute(settings, "checkpoint")
    topics = (settings.clicks_topic, settings.clicks_bad_topic)
    records = b"".join(record.value or b"" for topic in topics for record in consume(settings.bootstrap_servers, topic))
    assert len(records) > 1_000_000 and b"(mail)" in records  # files of Kafka are compressed
    assert [word for word in words if word.encode() in records.lower()] == []
    folders = {path.name for path in settings.data_dir.iterdir() if path.is_dir()}
    assert {"postgres", "kafka", "logs", "dagster", "data_docs"} <= folders
    assert files_with(settings.data_dir, words, but_not=[settings.demo_shop_dir]) == []


def test_cost_is_told_by_process_and_by_table(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("COMPTOIR_POSTGRES_PORT", str(settings.postgres_port))
    get_settings.cache_clear()
    told = CliRunner().invoke(app, ["cost", "--tables", "3"])
    get_settings.cache_clear()
    assert told.exit_code == 0, told.output
    for name in ("stream", "kafka", "postgres", "left over", "raw_clickstream"):
        assert re.search(rf"^{name} +[0-9]", told.output, re.MULTILINE), told.output
    assert len(re.findall(r"^(?:marts|staging|intermediate|snapshots)\.\w+ ", told.output, re.MULTILINE)) == 3


def test_the_faces_answer(settings: Settings) -> None:
    found = httpx.get(
        f"{settings.storefront_url}/v1/search", params={"q": "wireless headphones", "limit": 5}, timeout=30
    )
    assert found.json()["total"] > 0 and found.json()["facets"]["brand"]
    assert httpx.get(f"{settings.dashboard_url}/_stcore/health", timeout=30).text == "ok"
    files = [file.suffix for file in Path(settings.data_dir).rglob("*") if file.suffix in {".tds", ".twb"}]
    assert sorted(set(files)) == [".tds", ".twb"]
