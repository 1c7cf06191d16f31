"""`python -m collector`: serve with the addresses and limits of the settings until SIGTERM."""

from __future__ import annotations

import gc

from collector.app import Collector
from collector.config import CollectorConfig
from comptoir.http_server import serve
from comptoir.settings import settings_at_start
from events.bots import is_bot

OBJECTS_BEFORE_COLLECTION = 20_000


def main() -> None:
    """Serve until SIGTERM, as the settings say."""
    settings = settings_at_start()
    is_bot("warm-up")  # compiles the lists of robots, which the first visitor must not wait for
    # nothing of an event outlives its request; looking for cycles after every 700 objects took a sixth of the time
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 50, 50)
    serve(
        Collector(CollectorConfig.of(settings)),
        settings.host_of("collector"),
        settings.collector_port,
        loop="uvloop",
        forwarded_allow_ips=settings.trusted_proxies,  # whose X-Forwarded-For names the visitor's address
    )


if __name__ == "__main__":
    main()
