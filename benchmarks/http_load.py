"""HTTP load with as little processor time as possible, because it shares the cores with the server it measures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import uvloop


@dataclass(frozen=True)
class Load:
    """The result of a load."""

    latencies: list[float]  # seconds, one per answered request
    seconds: float  # wall clock of all requests together

    @property
    def per_second(self) -> float:
        """Answered requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in seconds that `share` (0 to 1) of the requests did not exceed."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


def as_fast_as_possible(ports: Sequence[int], bodies: list[bytes], connections: int) -> Load:
    """Each connection sends its next request when the last one is answered; connections are spread over the ports.

    `bodies` are complete requests, see `post`. Raises RuntimeError for an answer other than 200.
    """
    return uvloop.run(_send(ports, list(zip(bodies, repeat(0.0), strict=False)), connections))


def at_rate(port: int, bodies: list[bytes], per_second: float, connections: int) -> Load:
    """Requests are due at fixed times, and latencies count from those times (no coordinated omission).

    Raises RuntimeError for an answer other than 200.
    """
    due = [(body, number / per_second) for number, body in enumerate(bodies)]
    return uvloop.run(_send([port], due, connections))


async def _send(ports: Sequence[int], due: list[tuple[bytes, float]], connections: int) -> Load:
    latencies: list[float] = []
    queue = iter(due)
    started = time.perf_counter()
    port_of = [ports[number % len(ports)] for number in range(connections)]
    await asyncio.gather(*(_connection(port, queue, started, latencies) for port in port_of))
    return Load(latencies, time.perf_counter() - started)


async def _connection(port: int, queue: Iterator[tuple[bytes, float]], started: float, latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for body, due_after in queue:
        due = started + due_after if due_after else time.perf_counter()
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        writer.write(body)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"the server under load answered {head.splitlines()[0].decode()}")
        await _read_body(reader, head.lower())
        latencies.append(time.perf_counter() - due)
    writer.close()


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> None:
    if b"transfer-encoding: chunked" in head:
        while length := int(await reader.readline(), 16):
            await reader.readexactly(length + 2)
        await reader.readline()
        return
    await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))


def post(path: str, body: bytes) -> bytes:
    """A complete POST request as bytes, made once and sent often."""
    return b"POST %s HTTP/1.1\r\nhost: bench\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n%s" % (
        path.encode(),
        len(body),
        body,
    )
