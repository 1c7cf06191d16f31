"""Generated inputs, valid and hostile, for the event contract and the collector, and what must hold for each of them.

The tests try some of them at every run, `make fuzz` a few hundred thousand. Each property returns the outcome of its
input, so that a run can report what it has tried.
"""

from __future__ import annotations

import gzip
import random
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from msgspec import json

from benchmarks.support.collecting import ORIGIN
from benchmarks.support.events import NOW, client_event, wire_event
from benchmarks.support.in_process import BAD_TOPIC, TOPIC, InProcess
from benchmarks.support.samples import SAMPLES
from collector.app import EVENT_PATHS
from collector.enrichment import EnrichedEvent, RefusedEvent, Sender, WithoutConsent, enrich_event
from events.envelope import Envelope, read_envelope
from events.event import Event, parse
from events.rejection import REASONS, Rejected

TIMES = ["yesterday", "2026-11-23", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2013-05-01T00:00:00Z"]
HOSTILE = [*TIMES, "", " ", "\0", "a\0b", "x" * 300, "-1", "NaN", "null", "EUR", "eur", "𝕏", "\u202e", "8001", "{}"]
NUMBERS = [0, -1, 1, 0.1, 1e308, 5e-324, 2**31, 2**63, 2**64, 10**30, -(10**12)]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(HOSTILE)
    | st.sampled_from(NUMBERS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
# inserted into the bytes of an event, where no JSON writer would put them
SPLICES = [
    b"\x00",
    b"\xff",
    b"\xc3\x28",
    b"\\u0000",
    b"\\ud800",
    b"\\",
    b'"',
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 400,
    b"[" * 25,
    b"[" * 2_000,
    b'{"a":' * 30,
    b"]",
    b"}",
    b",",
    b"\xef\xbb\xbf",
    b"x" * 40_000,
]
CONTEXT_FIELDS = ["ip", "userAgent", "page", "traits", "consent", "sessionId", "campaign", "locale"]
ENVELOPE_FIELDS = sorted(wire_event())
CLIENT_FIELDS = [*client_event(), "userId", "previousId", "traits", "timestamp", "originalTimestamp", "sentAt", "name"]


def one_in(number: int) -> st.SearchStrategy[bool]:
    """True once in `number` times; Hypothesis would draw the integer 0 much more often."""
    return st.sampled_from([False] * (number - 1) + [True])


@st.composite
def changed(draw: st.DrawFn, message: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    """A valid message with some of its fields, properties and context replaced, added or removed."""
    event = message | draw(st.sampled_from(SAMPLES))[1]
    kind = draw(st.sampled_from([0, 0, 1, 2, 3, 3]))
    if kind == 1:
        event |= draw(st.dictionaries(st.sampled_from(fields), VALUES, max_size=3))
    elif kind == 2 and event["properties"]:
        names = st.sampled_from(sorted(event["properties"])) | st.text(max_size=6)
        event["properties"] = event["properties"] | draw(st.dictionaries(names, VALUES, max_size=3))
    elif kind == 3:
        event["context"] = event["context"] | draw(st.dictionaries(st.sampled_from(CONTEXT_FIELDS), VALUES, max_size=3))
    if draw(one_in(10)):
        event.pop(draw(st.sampled_from(sorted(event))))
    return event


@st.composite
def damaged(draw: st.DrawFn, value: bytes) -> bytes:
    """The bytes with something cut out, inserted or repeated."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(value)))
        end = start + draw(st.sampled_from([0, 0, 1, 2, 10, 100_000]))
        put = draw(st.sampled_from(SPLICES) | st.binary(max_size=6) | st.just(value[start : start + 30]))
        value = value[:start] + put + value[end:]
    return value


def mutants(value: bytes, count: int) -> Iterator[bytes]:
    """`count` damaged copies; the same bytes give the same copies, so that a failure can be repeated."""
    rng = random.Random(value)
    for _ in range(count):
        start = rng.randint(0, len(value))
        end = start + rng.choice([0, 1, 1, 2, 5, 50])
        put = rng.choice([rng.choice(SPLICES), rng.randbytes(1), rng.randbytes(2), b"", value[start : start + 20]])
        yield value[:start] + put + value[end:]


def _bytes(message: dict[str, Any], fields: list[str]) -> st.SearchStrategy[bytes]:
    good = changed(message, fields).map(json.encode)
    kinds = [good] * 6 + [good.flatmap(damaged)] * 3 + [st.binary(max_size=60), VALUES.map(json.encode)]
    return st.sampled_from(kinds).flatmap(lambda kind: kind)


RECORDS = _bytes(wire_event(), ENVELOPE_FIELDS)
CLIENT_EVENTS = _bytes(client_event(), CLIENT_FIELDS)
SENDERS = st.builds(
    Sender,
    received_at=st.just(NOW),
    address=st.sampled_from(["198.51.100.7", "2001:db8::1", "nowhere", ""]),
    user_agent=st.sampled_from(["Firefox", "Googlebot/2.1", ""]),
    sent_at=st.none() | st.just(NOW),
    context=st.just({}) | st.dictionaries(st.sampled_from(CONTEXT_FIELDS), VALUES, max_size=2),
)


def parse_is_good_or_bad(value: bytes) -> str:
    """A record is an event that Postgres can store, or is rejected with a documented reason.

    The stream, which stops at the envelope, reads the same as the lander. Returns "good" or the reason.
    """
    outcome, envelope = parse(value), read_envelope(value)
    if isinstance(outcome, Rejected):
        assert envelope == outcome
        _check_reason(outcome)
        return outcome.reason
    assert isinstance(envelope, Envelope)
    assert json.decode(outcome.properties) == envelope.properties
    assert json.decode(outcome.context) == json.decode(json.encode(envelope.context))
    _check_row(outcome)
    return "good"


def enriched_event_can_be_parsed(value: bytes, sender: Sender) -> str:
    """The lander can parse what the collector accepts, and what it refuses has a reason. Returns the outcome."""
    outcome = enrich_event(value, sender, "key")
    if isinstance(outcome, WithoutConsent):
        return "no_consent"
    if isinstance(outcome, RefusedEvent):
        _check_reason(outcome.why)
        return outcome.why.reason
    assert isinstance(outcome, EnrichedEvent)
    landed = parse(outcome.value)
    assert isinstance(landed, Event), landed
    assert landed.anonymous_id == outcome.key.decode()
    assert landed.is_bot == outcome.is_bot
    return "good"


def _check_reason(why: Rejected) -> None:
    assert why.reason in REASONS - {"unreadable"}, why
    assert why.detail and "\0" not in why.detail
    why.detail.encode()


def _check_row(event: Event) -> None:
    texts = [event.event_id, event.anonymous_id, event.event_name, event.user_id, event.session_id, event.product_id]
    for text in [*texts, event.properties, event.context]:
        assert text is None or ("\0" not in text and text.encode() is not None)
    assert isinstance(json.decode(event.properties), dict) and isinstance(json.decode(event.context), dict)
    assert b"\\u0000" not in event.properties.encode().replace(b"\\\\", b"")
    assert 1 <= len(event.event_id) <= 255
    assert event.occurred_at.utcoffset() is not None


@dataclass(frozen=True)
class Request:
    """An HTTP request to the collector."""

    method: str
    path: str
    headers: dict[bytes, bytes]
    body: bytes


KEY_HEADER = b"Basic dGVzdC1rZXk6"
AUTHORIZATIONS = [*[KEY_HEADER] * 20, None, b"Basic !", b"Basic \xff", b"Bearer x", b"Basic d3Jvbmc6"]
CODINGS = [*[None] * 20, b"gzip", b"gzip", b"deflate", b"gzip cut", b"gzip twice", b"identity", b"br", b"\xff"]
ORIGINS = [*[None] * 20, ORIGIN.encode(), ORIGIN.encode(), b"http://evil.test", b"\xff"]


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Mostly batches with the write key, of valid and damaged events; and anything else a client might send."""
    path = draw(st.sampled_from(["/v1/batch"] * 4 + [*EVENT_PATHS]))
    if path == "/v1/batch":
        events = draw(st.lists(CLIENT_EVENTS, max_size=4))
        common = draw(st.dictionaries(st.sampled_from(["context", "sentAt", "writeKey", "x"]), VALUES, max_size=2))
        common = common if draw(one_in(3)) else {}
        body = json.encode(common | {"batch": None})[:-5] + b"[" + b",".join(events) + b"]}"
        if draw(one_in(10)):
            body = draw(damaged(body))
    else:
        body = draw(CLIENT_EVENTS)
    headers = {b"user-agent": draw(st.sampled_from([b"Firefox", b"\xff\x00", b""]))}
    for name, values in ((b"authorization", AUTHORIZATIONS), (b"origin", ORIGINS)):
        if (value := draw(st.sampled_from(values))) is not None:
            headers[name] = value
    coding = draw(st.sampled_from(CODINGS))
    if coding is not None:
        headers[b"content-encoding"], body = _coded(coding, body)
    method = draw(st.sampled_from(["POST"] * 60 + ["GET", "OPTIONS", "PUT", "HEAD"]))
    if draw(one_in(40)):
        path = draw(st.sampled_from(["/", "/v1/batch/", "/health", "/ready", "/metrics", "/openapi.json", "/\0", ""]))
    return Request(method, path, headers, body)


def _coded(coding: bytes, body: bytes) -> tuple[bytes, bytes]:
    match coding:
        case b"gzip":
            return coding, gzip.compress(body, 1)
        case b"deflate":
            return coding, zlib.compress(body, 1)
        case b"gzip cut":
            return b"gzip", gzip.compress(body, 1)[:-3]
        case b"gzip twice":
            return b"gzip", gzip.compress(body, 1) * 2
        case _:
            return coding, body


def collector_answers_for_every_event(collector: InProcess, request: Request) -> str:
    """No 5xx, and the topics hold exactly the events that the answer counts, valid or with the reason.

    Returns "good" if an event was accepted, else status and code.
    """
    collector.sink.records.clear()
    reply = collector.request(request.method, request.path, [request.body], request.headers, "203.0.113.1")
    assert reply.status in {200, 400, 401, 403, 404, 405, 413, 415}, reply
    topics = Counter(record.topic for record in collector.sink.records)
    withdrawals = 0
    for record in collector.sink.records:
        if record.topic == TOPIC:
            landed = parse(record.value)
            assert isinstance(landed, Event), landed
            assert (record.key or b"").decode() == landed.anonymous_id
            withdrawals += landed.event_type == "withdrawal"
        else:
            why = {name: value.decode() for name, value in record.headers}
            _check_reason(Rejected(why["reason"], why["detail"]))
    if request.method != "POST" or request.path.rstrip("/") not in EVENT_PATHS:
        assert not topics
        return str(reply.status)
    answer = reply.json()
    if reply.status == 200:
        assert (topics[TOPIC] - withdrawals, topics[BAD_TOPIC]) == (answer["accepted"], answer["rejected"])
        assert withdrawals <= answer["dropped"]
        return "good" if answer["accepted"] else "200 without a good event"
    assert answer["code"] and answer["message"]
    assert topics == (Counter({BAD_TOPIC: 1}) if answer["code"] in REASONS - {"too_large"} else Counter())
    return f"{reply.status} {answer['code']}"
