"""`python -m alerting`: the watcher, until SIGTERM."""

from __future__ import annotations

import logging
import signal
from threading import Event

from alerting.watcher import Watcher
from comptoir.settings import settings_at_start


def main() -> None:
    """Watch with the settings of the environment."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alerting").setLevel(logging.INFO)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Watcher(settings_at_start()).run(stop)


if __name__ == "__main__":
    main()
