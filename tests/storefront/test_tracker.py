"""The tracker in a real browser, sending to a real collector over HTTP; a list stands in for Kafka."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from msgspec import json
from playwright.sync_api import Browser, Page

from local.waiting import wait_until
from tests.support.browser import chromium
from tests.support.tracked_site import AGREED, REFUSED, TRACKER, Site, tracked_site


def test_tracker_is_small_and_sets_no_cookie() -> None:
    source = TRACKER.read_bytes()
    assert len(gzip.compress(source, 9, mtime=0)) < 4096
    assert b"cookie" not in source and b"import " not in source


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    with tracked_site(browser) as made:
        yield made


def view(page: Page, *products: str) -> None:
    for product in products:
        page.evaluate("(id) => tracker.track('Product Viewed', { product_id: id })", product)


@pytest.mark.browser
def test_events_leave_in_batches_as_the_contract_wants_them(site: Site) -> None:
    page = site.open("/p/1?q=tv&token=secret&utm_source=news")
    numbers = [str(number) for number in range(25)]
    page.evaluate("(ids) => ids.forEach((id) => tracker.track('Product Viewed', { product_id: id }))", numbers)
    site.wait_for(page, *numbers)
    assert site.products() == numbers, "in order"
    assert len(site.requests) <= 3
    event = site.landed()[0]
    context = json.decode(event.context)
    assert (context["consent"], context["page"]["path"], event.time_flag) == (AGREED, "/p/1", "on_time")
    assert "secret" not in event.context
    assert event.session_id and event.anonymous_id


@pytest.mark.browser
def test_without_consent_nothing_is_kept_or_sent_and_other_tabs_obey(site: Site) -> None:
    page = site.open(consent=None)
    view(page, "1")
    assert page.evaluate("Object.keys(localStorage)") == []
    other = site.open(consent=AGREED)
    site.flush_after = 60_000
    third = site.open(consent=None)
    view(third, "2")
    other.evaluate("tracker.setConsent({ analytics: false, personalisation: false })")
    third.wait_for_function("() => tracker.consent.analytics === false")
    view(third, "3")
    assert third.evaluate("tracker.queue.length") == 0
    page.wait_for_function("() => tracker.consent.analytics === false")
    for opened in (page, other, third):
        opened.goto("about:blank")
    checker = site.open(consent=None)
    assert checker.evaluate("Object.keys(localStorage)") == ["comptoir.consent"]
    checker.wait_for_timeout(300)
    assert {event.event_type for event in site.landed()} == {"withdrawal"}


@pytest.mark.browser
def test_a_no_after_a_yes_is_told_once_and_then_nothing(site: Site) -> None:
    page = site.open()
    page.evaluate("tracker.identify('4711')")
    view(page, "1")
    site.wait_for(page, "1", "None")  # the identify names no product
    visitor = page.evaluate("tracker.visitorId")
    page.evaluate("(no) => { tracker.setConsent(no); tracker.setConsent(no) }", REFUSED)
    view(page, "2")
    page.wait_for_function("() => !tracker.sending && !tracker.queue.length")
    page.reload()
    page.wait_for_function("() => window.tracker")
    view(page, "3")
    page.wait_for_timeout(300)
    *before, last = site.landed()
    assert (last.event_type, last.anonymous_id, last.user_id) == ("withdrawal", visitor, None)
    assert [event.event_type for event in before] == ["identify", "track"]
    assert json.decode(last.context) == {"consent": REFUSED}
    assert page.evaluate("Object.keys(localStorage)") == ["comptoir.consent"]


@pytest.mark.browser
def test_a_no_waits_for_a_collector_that_is_away(site: Site) -> None:
    page = site.open()
    view(page, "1")
    site.wait_for(page, "1")
    site.collector.sink.error = "Kafka is away"
    page.evaluate("(no) => tracker.setConsent(no)", REFUSED)
    page.wait_for_function("() => tracker.retryIn > 1000")
    page.reload()
    site.collector.sink.error = None
    page.wait_for_function("() => window.tracker && !tracker.queue.length")
    # the beacon of the reload may have come through, too: the same message
    assert list({event.event_id: event.event_type for event in site.landed()}.values()) == ["track", "withdrawal"]


@pytest.mark.browser
def test_a_customer_number_is_stored_and_sent_only_with_consent(site: Site) -> None:
    page = site.open(consent=None)
    page.evaluate("tracker.identify('4711', { country: 'FR' })")
    assert page.evaluate("Object.keys(localStorage)") == []
    page.evaluate("(yes) => tracker.setConsent(yes)", AGREED)
    page.wait_for_function("() => !tracker.sending && !tracker.queue.length")
    [event] = site.landed()
    assert (event.event_type, json.decode(event.properties)) == ("identify", {"country": "FR"})
    assert event.user_id and page.evaluate("tracker.unsaid === undefined")


@pytest.mark.browser
def test_a_collector_that_is_away_is_asked_again_later_and_later(site: Site) -> None:
    site.collector.sink.error = "Kafka is away"
    page = site.context.new_page()
    page.clock.install(time=0)
    site.visit(page)
    page.clock.pause_at(3_600_000)
    page.evaluate("(consent) => tracker.setConsent(consent)", AGREED)
    view(page, "1")
    tries = []
    for number, seconds in enumerate((1, 1, 2, 4, 8), 1):
        page.clock.run_for(seconds * 1000)
        site.wait_for_requests(page, number)
        page.wait_for_function("() => !tracker.sending")
        page.wait_for_timeout(50)  # time for one too many
        tries.append(len(site.requests))
    assert tries == [1, 2, 3, 4, 5], "1, 2, 4, 8 s apart, less a little chance"
    site.collector.sink.error = None
    page.clock.run_for(16_000)
    site.wait_for(page, "1")


@pytest.mark.browser
def test_the_queue_survives_a_reload(site: Site) -> None:
    site.collector.sink.error = "Kafka is away"
    page = site.open()
    view(page, "1", "2")
    page.wait_for_function("() => !tracker.sending && tracker.retryIn > 1000")
    page.reload()
    page.wait_for_function("() => window.tracker")
    assert page.evaluate("tracker.queue.length") == 2
    site.collector.sink.error = None
    site.wait_for(page, "1", "2")
    assert page.evaluate("localStorage.getItem('comptoir.queue')") is None


@pytest.mark.browser
def test_what_is_left_leaves_by_beacon(site: Site) -> None:
    site.flush_after = 60_000
    page = site.open()
    view(page, "1", "2")
    page.goto("about:blank")
    site.wait_for(page, "1", "2")
    assert site.requests == [], "no request of the page itself"
    site.visit(page)
    assert page.evaluate("tracker.queue.length") == 0


@pytest.mark.browser
def test_a_beacon_nobody_heard_is_repeated_at_the_next_visit(site: Site) -> None:
    site.collector.sink.error = "Kafka is away"
    page = site.open()
    view(page, "1")
    page.wait_for_function("() => !tracker.sending && tracker.retryIn > 1000")
    page.goto("about:blank")
    wait_until(lambda: site.refused() > len(site.requests) or 1 / 0, "the beacon", seconds=60)
    site.collector.sink.error = None
    site.visit(page)
    site.wait_for(page, "1")


@pytest.mark.browser
def test_tabs_do_not_forget_each_others_events(site: Site) -> None:
    site.collector.sink.error = "Kafka is away"
    first, second = site.open(), site.open()
    view(first, "1")
    view(second, "2")
    # tabs are processes of their own: on a busy machine one sees the other's writes a moment later
    first.wait_for_function("() => localStorage.getItem('comptoir.queue').includes('\"product_id\":\"2\"')")
    view(first, "3")
    stored = first.evaluate("JSON.parse(localStorage.getItem('comptoir.queue')).map((m) => m.properties.product_id)")
    assert sorted(stored) == ["1", "2", "3"]
    assert len({page.evaluate("tracker.visitorId") for page in (first, second)}) == 1


@pytest.mark.browser
def test_large_texts_do_not_block_the_queue(site: Site) -> None:
    page = site.open()
    page.evaluate("tracker.track('Product Viewed', { product_id: 'large', name: 'x'.repeat(40_000) })")
    many = "for (let i = 0; i < 30; i++) tracker.track('Product Viewed', { product_id: `${i}`, variant: text })"
    page.evaluate(f"const text = '耳'.repeat(900); {many}")
    site.wait_for(page, *(str(number) for number in range(30)))
    assert max(len(request.post_data_buffer or b"") for request in site.requests) < 64 * 1024
