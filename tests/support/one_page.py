"""A site of one document and a few scripts, on an origin of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Site:
    """`document` is answered under every path but those of `scripts`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.document = ""


@contextmanager
def one_page(scripts: Mapping[str, Path] | None = None) -> Iterator[Site]:
    """Served until the block ends; set its `document` at any time."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = (scripts or {}).get(self.path)
            self.send_response(200)
            self.send_header("content-type", "text/javascript" if script else "text/html")
            self.end_headers()
            self.wfile.write(script.read_bytes() if script else site.document.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
