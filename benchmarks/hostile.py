"""What hostile visitors cost the others: bodies made to be slow, and connections that never end their requests."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvloop

from benchmarks.figure import Figure
from benchmarks.http_load import at_rate
from benchmarks.support.hostile_bodies import PATTERNS
from collector.batch import decode_body, events_of
from collector.http_refusal import HttpRefusal

SLOW_CONNECTIONS = 500
BYTE_EVERY_SECONDS = 0.5
TURNS = 3


def decode_figure() -> Figure:
    """The slowest of the patterns, each as the best of TURNS."""
    slowest, name = max((min(_decode_seconds(body) for _ in range(TURNS)), name) for name, body in PATTERNS.items())
    return Figure(
        f"collector, 500 KB of {len(PATTERNS)} hostile patterns: the slowest to decode",
        "ms", slowest * 1000, target=50, target_on="value", direction="at_most",
        note=f"best of {TURNS}; slowest: {name}",
    )  # fmt: skip


def _decode_seconds(body: bytes) -> float:
    started = time.perf_counter()
    with suppress(ValueError, RecursionError, HttpRefusal):
        events_of(decode_body(body))
    return time.perf_counter() - started


def slow_connections_figure(port: int, bodies: list[bytes], connections: int) -> Figure:
    """p99 to the acknowledgement of ordinary requests while others keep connections open a byte at a time."""
    with _slow_connections(port):
        beside = at_rate(port, bodies, 1_000, connections).percentile(0.99) * 1000
    alone = at_rate(port, bodies, 1_000, connections).percentile(0.99) * 1000
    return Figure(
        f"collector, p99 to the acknowledgement beside {SLOW_CONNECTIONS} slow connections",
        "ms", beside, alone, 50, "at_most",
        note=f"1,000 events/s; each slow connection sends a byte every {BYTE_EVERY_SECONDS} s; baseline: without them",
    )  # fmt: skip


@contextmanager
def _slow_connections(port: int) -> Iterator[None]:
    """Keep SLOW_CONNECTIONS open, opening a new one for each that the server closes."""
    stop = threading.Event()

    async def drip() -> None:
        writer: Any = None
        while not stop.is_set():
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"POST /v1/batch HTTP/1.1\r\nx: ")
                while not stop.is_set() and not writer.is_closing():
                    writer.write(b"y")
                    await asyncio.sleep(BYTE_EVERY_SECONDS)
        if writer is not None:
            writer.close()

    async def drip_all() -> None:
        await asyncio.gather(*(drip() for _ in range(SLOW_CONNECTIONS)))

    thread = threading.Thread(target=lambda: uvloop.run(drip_all()), daemon=True)
    thread.start()
    time.sleep(2 * BYTE_EVERY_SECONDS)  # until all are open
    try:
        yield
    finally:
        stop.set()
        thread.join()
