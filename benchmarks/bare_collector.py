"""The collector's baseline: bare ASGI that sends each event of a batch to Kafka unchanged and waits for the ack.

It checks no key, contract or consent, enriches nothing and has no limits.
Run by `python -m benchmarks.bare_collector KAFKA TOPIC PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvicorn
from kafka import KafkaProducer
from msgspec import Raw, Struct, json


class Body(Struct):
    """A batch of events, not decoded."""

    batch: list[Raw]


def main(bootstrap: str, topic: str, port: str) -> None:
    """Serve until the process is stopped."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, metrics_enabled=False)
    producer.partitions_for(topic)
    decoder = json.Decoder(Body)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        loop = asyncio.get_running_loop()
        acknowledged = []
        for raw in decoder.decode(body).batch if body else []:
            done = loop.create_future()
            acknowledged.append(done)
            future = producer.send(topic, bytes(raw))
            future.add_callback(lambda _, done=done: loop.call_soon_threadsafe(done.set_result, None))
        if acknowledged:
            await asyncio.gather(*acknowledged)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    uvicorn.run(
        app, host="127.0.0.1", port=int(port), loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
