"""`python -m collector`: serve with the addresses and limits of the settings until SIGTERM."""

from __future__ import annotations

import gc

import uvicorn

from collector.app import Collector
from collector.config import CollectorConfig
from comptoir.settings import settings_at_start

OBJECTS_BEFORE_COLLECTION = 20_000
MAX_CONNECTIONS = 10_000  # above, a request is answered 503 at once
IDLE_SECONDS = 15  # between two requests of a connection


def main() -> None:
    """Serve until SIGTERM, as the settings say."""
    settings = settings_at_start()
    # nothing of an event outlives its request; looking for cycles after every 700 objects took a sixth of the time
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 50, 50)
    uvicorn.run(
        Collector(CollectorConfig.of(settings)),
        host=settings.host,
        port=settings.collector_port,
        loop="uvloop",
        http="httptools",
        ws="none",
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,  # whose X-Forwarded-For names the visitor's address
    )


if __name__ == "__main__":
    main()
