"""What operators open beside Dagster: the Data Docs of the gates, and metrics for Prometheus.

Served by the watcher's own process, on COMPTOIR_HOST: the pages show sampled rows, so put a login before them when that
is not this machine (docs/runbook.md).
"""

from __future__ import annotations

import logging
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

DOCS = "/data-docs/"
METRICS = "/metrics"

log = logging.getLogger(__name__)


def serve_pages(host: str, port: int, docs_dir: Path) -> ThreadingHTTPServer:
    """Serve in a thread of its own until `shutdown()`. Raises OSError when the port is taken."""
    server = ThreadingHTTPServer((host, port), partial(_Pages, directory=str(docs_dir)))
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="pages", daemon=True).start()
    return server


class _Pages(SimpleHTTPRequestHandler):
    """Files below the folder of the Data Docs, without listings, and the metrics."""

    timeout = 10  # seconds that a client may dawdle
    server_version, sys_version = "comptoir", ""

    def do_GET(self) -> None:
        """Answer with metrics or a file."""
        if self.path == METRICS:
            self._metrics()
        elif self.path.startswith(DOCS):
            super().do_GET()
        else:
            self.send_error(404, f"There are {DOCS}<layer>/index.html and {METRICS}.")

    def translate_path(self, path: str) -> str:
        """The file of an address; SimpleHTTPRequestHandler keeps it below the folder."""
        return super().translate_path(path.removeprefix(DOCS[:-1]))

    def list_directory(self, path: Any) -> None:
        """No listing of a folder."""
        self.send_error(404, "There is no page here.")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Not one line a request."""

    def _metrics(self) -> None:
        body = generate_latest(REGISTRY)
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
