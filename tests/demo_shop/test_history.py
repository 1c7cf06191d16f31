"""The generated past: in time order, consistent with the orders, valid for the collector, and believable."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from collector.enrichment import EnrichedEvent, RefusedEvent, Sender, enrich_event
from demo_shop.content.catalogue import generate_products
from demo_shop.content.customers import generate_customers
from demo_shop.content.season import black_friday, discount_codes_on, intensity, visit_times
from demo_shop.store.model import Customer, Order, Product
from demo_shop.traffic.assortment import Assortment
from demo_shop.traffic.history import History, Size
from demo_shop.traffic.messages import Message, iso
from demo_shop.traffic.noise import Shares, with_noise

END = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIZE = Size(days=24, visits_per_day=70)
Past = tuple[list[Message], list[Order]]


@pytest.fixture(scope="module")
def products() -> list[Product]:
    return generate_products(7, END)


@pytest.fixture(scope="module")
def customers() -> list[Customer]:
    return generate_customers(7, END, 300)


@pytest.fixture(scope="module")
def past(products: list[Product], customers: list[Customer]) -> Past:
    history = History(products, customers, 7, END, SIZE)
    return list(history), history.orders


def named(past: Past, event: str) -> list[Message]:
    return [message for message in past[0] if message.get("event") == event]


def test_same_seed_gives_the_same_past(products: list[Product], customers: list[Customer]) -> None:
    small = Size(days=2, visits_per_day=20)
    first, second, other = (History(products, customers, seed, END, small) for seed in (7, 7, 8))
    assert list(first) == list(second)
    assert first.orders == second.orders
    assert list(other) != list(History(products, customers, 7, END, small))


def test_messages_come_in_time_order_and_end_at_the_end(past: Past) -> None:
    times = [message["originalTimestamp"] for message in past[0]]
    assert times == sorted(times)
    assert iso(END - timedelta(days=SIZE.days)) <= times[0]
    assert iso(END - timedelta(hours=3)) < times[-1] <= iso(END)
    assert len({message["messageId"] for message in past[0]}) == len(times)


def test_every_web_order_has_one_order_completed_with_its_sums(past: Past) -> None:
    by_id = {str(order.order_id): order for order in past[1] if order.source_name != "pos"}
    completed = named(past, "Order Completed")
    assert Counter(m["properties"]["order_id"] for m in completed) == Counter(list(by_id))
    for message in completed:
        order, properties = by_id[message["properties"]["order_id"]], message["properties"]
        goods = sum(line.unit_price * line.quantity - line.discount for line in order.lines)
        tax = sum(line.tax for line in order.lines)
        assert Decimal(str(properties["revenue"])) == goods
        assert Decimal(str(properties["total"])) == goods + tax + order.shipping
        assert (properties["currency"], properties.get("coupon")) == (order.currency, order.discount_code)
        assert [p["product_id"] for p in properties["products"]] == [str(line.product_id) for line in order.lines]
        assert message["userId"] == str(order.customer_id)
        assert (
            timedelta(0)
            <= datetime.fromisoformat(message["originalTimestamp"]) - order.created_at
            < timedelta(seconds=1)
        )


def test_every_refund_of_a_web_order_is_told(past: Past) -> None:
    refunds = Counter(
        (str(order.order_id), iso(refund.created_at))
        for order in past[1]
        if order.source_name != "pos"
        for refund in order.refunds
    )
    sent = Counter((m["properties"]["order_id"], m["originalTimestamp"]) for m in named(past, "Order Refunded"))
    assert refunds and sent == refunds


def test_nothing_happens_to_orders_after_the_end(past: Past) -> None:
    moments = [m for o in past[1] for m in (o.created_at, o.updated_at, o.cancelled_at) if m]
    moments += [refund.created_at for order in past[1] for refund in order.refunds]
    assert max(moments) <= END
    assert all(order.updated_at >= order.created_at for order in past[1])


def test_orders_are_of_all_kinds(past: Past) -> None:
    orders = past[1]
    assert {o.currency for o in orders} >= {"EUR", "GBP"}
    assert {o.source_name for o in orders} == {"web", "mobile", "pos"}
    assert any(o.cancelled_at for o in orders)
    assert any(o.discount_code for o in orders)
    assert {"PAID", "REFUNDED"} <= {o.financial_status for o in orders}
    assert any(o.customer_id is None for o in orders if o.source_name == "pos")


def test_customers_order_only_once_they_are_customers(past: Past, customers: list[Customer]) -> None:
    since = {c.customer_id: c.created_at for c in customers}
    assert all(order.created_at > since[order.customer_id] for order in past[1] if order.customer_id)


def test_products_are_seen_only_once_published(past: Past, products: list[Product]) -> None:
    by_id = {str(p.product_id): p for p in products}
    viewed = named(past, "Product Added")
    too_early = [m for m in viewed if iso(_published(by_id[m["properties"]["product_id"]])) > m["originalTimestamp"]]
    assert not too_early


def _published(product: Product) -> datetime:
    assert product.published_at is not None
    return product.published_at


def test_conversion_and_funnel_are_believable(past: Past) -> None:
    sessions: dict[str, set[str]] = defaultdict(set)
    for message in past[0]:
        sessions[message["context"].get("sessionId", "")].add(message.get("event") or message["type"])
    carts = sum("Product Added" in events for events in sessions.values())
    started = sum("Checkout Started" in events for events in sessions.values())
    ordered = sum("Order Completed" in events for events in sessions.values())
    assert 0.08 < ordered / len(sessions) < 0.25
    assert ordered <= started < carts < len(sessions)
    assert all("Checkout Started" in events for events in sessions.values() if "Order Completed" in events)


def test_accessories_are_bought_with_what_they_belong_to(past: Past, products: list[Product]) -> None:
    """What recommendations should find: companions are bought together far more often than by chance."""
    shop = Assortment(products, 7)
    by_id = {p.product_id: p for p in products}
    baskets = [[by_id[line.product_id] for line in order.lines] for order in past[1]]
    pairs = [(basket[0], other) for basket in baskets for other in basket[1:]]
    true_pairs = [other for main, other in pairs if other in shop.companions(main)]
    assert len(pairs) > 0.2 * len(baskets)
    assert len(true_pairs) > 0.9 * len(pairs)


def test_visitors_have_tastes(past: Past) -> None:
    """Of two products one visitor opens on different days, many are of one category; of two strangers', few."""
    seen: dict[str, dict[str, str]] = defaultdict(dict)
    for message in named(past, "Product Viewed"):
        if "recommendation" not in message["properties"]:
            seen[message["anonymousId"]][message["originalTimestamp"][:10]] = message["properties"]["category"]
    returning = [list(days.values()) for days in seen.values() if len(days) > 1]
    own = sum(days[0] == days[1] for days in returning) / len(returning)
    others = sum(a[0] == b[1] for a, b in itertools.pairwise(returning)) / len(returning)
    assert own > 0.35 > 0.2 > others


def test_collector_takes_every_message_of_the_past(past: Past) -> None:
    sender = Sender(received_at=END, sent_at=END)
    outcomes = Counter(type(enrich_event(msgspec.json.encode(m), sender, "key")) for m in past[0])
    assert outcomes == {EnrichedEvent: len(past[0])}


def test_no_message_carries_a_name_or_an_address(past: Past) -> None:
    assert not any(b"@" in msgspec.json.encode(message) for message in past[0])
    assert {key for message in past[0] for key in message.get("traits", {})} == {"country"}


def test_noise_loses_nothing_and_is_refused_only_where_it_is_bad(past: Past) -> None:
    clean = past[0]
    shares = Shares(repeated=0.01, conflicting=0.005, late=0.01, bad=0.01)
    noisy = list(with_noise(clean, 7, shares))
    ids = {m["messageId"] for m in clean}
    extra = [m for m in noisy if m["messageId"] not in ids]
    refused = [m for m in noisy if isinstance(enrich_event(msgspec.json.encode(m), Sender(END), "key"), RefusedEvent)]
    assert ids <= {m["messageId"] for m in noisy}
    assert extra == refused
    assert 0.005 < len(extra) / len(clean) < 0.02
    payloads: dict[str, set[bytes]] = defaultdict(set)
    for message in noisy:
        payloads[message["messageId"]].add(msgspec.json.encode(message, order="deterministic"))
    assert 0.002 < sum(len(of_id) > 1 for of_id in payloads.values()) / len(clean) < 0.01
    assert len(noisy) - len(extra) - len(clean) > 0.008 * len(clean)


def test_latecomers_arrive_hours_after_their_time(past: Past) -> None:
    noisy = [
        m["originalTimestamp"] for m in with_noise(past[0], 7, Shares(repeated=0, conflicting=0, late=0.01, bad=0))
    ]
    latest, late = "", 0
    for at in noisy:
        if latest and datetime.fromisoformat(latest) - datetime.fromisoformat(at) > timedelta(minutes=59):
            late += 1
        latest = max(latest, at)
    assert 0.005 < late / len(noisy) < 0.015


def test_crawlers_call_themselves_bots(products: list[Product]) -> None:
    history = list(History(products, [], 7, END, Size(days=10, visits_per_day=100)))
    bots = {m["context"]["sessionId"] for m in history if "Bot" in m["context"].get("userAgent", "")}
    assert 0 < len(bots) < 30


def test_season_has_evenings_sundays_and_a_black_friday() -> None:
    assert black_friday(2026) == date(2026, 11, 27)
    first = date(2026, 9, 1)
    assert intensity(date(2026, 11, 27), first) > 1.5 * intensity(date(2026, 11, 17), first)
    assert intensity(date(2026, 9, 13), first) > intensity(date(2026, 9, 12), first)  # Sunday, Saturday
    hours = Counter(at.hour for at in visit_times(first, 2000, random.Random(1)))
    assert hours[19] > 8 * hours[3]
    assert "BLACKWEEK20" in discount_codes_on(date(2026, 11, 25))
    assert "BLACKWEEK20" not in discount_codes_on(date(2026, 11, 10))
