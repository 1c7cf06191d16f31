"""Load for an HTTP server on one machine: as light as possible, because it shares the cores with what it measures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import uvloop


@dataclass(frozen=True)
class Load:
    """`latencies` in seconds, one per answered request; `seconds` is the wall clock of all."""

    latencies: list[float]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds that `share` (0 to 1) of the requests stayed under."""
        return sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


def as_fast_as_possible(ports: Sequence[int], bodies: list[bytes], connections: int) -> Load:
    """Each connection sends its next body when the answer to the last one is there; they share the ports."""
    return uvloop.run(_send(ports, list(zip(bodies, repeat(0.0), strict=False)), connections))


def at_rate(port: int, bodies: list[bytes], per_second: float, connections: int) -> Load:
    """Bodies are due at fixed times; a late answer counts from when its request was due (no coordinated omission)."""
    due = [(body, number / per_second) for number, body in enumerate(bodies)]
    return uvloop.run(_send([port], due, connections))


async def _send(ports: Sequence[int], due: list[tuple[bytes, float]], connections: int) -> Load:
    latencies: list[float] = []
    queue = iter(due)
    started = time.perf_counter()
    some = [ports[number % len(ports)] for number in range(connections)]
    await asyncio.gather(*(_connection(port, queue, started, latencies) for port in some))
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
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        latencies.append(time.perf_counter() - due)
    writer.close()


def post(path: str, body: bytes) -> bytes:
    """A complete request, made once and sent often."""
    return b"POST %s HTTP/1.1\r\nhost: bench\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n%s" % (
        path.encode(),
        len(body),
        body,
    )
