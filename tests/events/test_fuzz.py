"""A few hundred fuzz inputs at every run of the tests; `make fuzz` tries 200,000 and more."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from benchmarks.support.fuzzing import (
    CLIENT_EVENTS,
    RECORDS,
    SENDERS,
    Request,
    collector_answers_for_every_event,
    enriched_event_can_be_parsed,
    parse_is_good_or_bad,
    requests,
)
from benchmarks.support.in_process import InProcess
from collector.enrichment import Sender

SOME = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COLLECTOR = InProcess()


@SOME
@given(value=RECORDS)
def test_any_record_is_good_or_bad(value: bytes) -> None:
    parse_is_good_or_bad(value)


@SOME
@given(value=CLIENT_EVENTS, sender=SENDERS)
def test_what_the_collector_takes_the_lander_lands(value: bytes, sender: Sender) -> None:
    enriched_event_can_be_parsed(value, sender)


@SOME
@given(request=requests())
def test_any_request_is_answered(request: Request) -> None:
    collector_answers_for_every_event(COLLECTOR, request)
