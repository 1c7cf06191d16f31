"""`python -m alerting`: the watcher and its pages, until SIGTERM."""

from __future__ import annotations

import logging
import signal
from threading import Event

from alerting.pages import serve_pages
from alerting.watcher import Watcher
from comptoir.settings import settings_at_start


def main() -> None:
    """Watch with the settings of the environment."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alerting").setLevel(logging.INFO)
    logging.getLogger("kafka").setLevel(logging.ERROR)  # what it warns of, the probe says
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = settings_at_start()
    pages = serve_pages(settings.host_of("alerts"), settings.operations_port, settings.data_docs_dir)
    try:
        Watcher(settings).run(stop)
    finally:
        pages.shutdown()


if __name__ == "__main__":
    main()
