"""A shop of one page with the public browser libraries of Segment and RudderStack, as their packages ship them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from comptoir.repository import REPOSITORY

PACKAGES = REPOSITORY / "node_modules"
SEGMENT = PACKAGES / "@segment/analytics-next/dist/umd"
RUDDERSTACK = PACKAGES / "@rudderstack/analytics-js/dist/npm/modern/bundled/esm"
FOLDERS = {"/analytics-next/bundles/": SEGMENT, "/rudderstack/": RUDDERSTACK}
DOCUMENT = b"""<!doctype html><meta charset="utf-8"><title>Shop</title>
<script>window.analytics = { _cdn: location.origin };</script>
<script src="/analytics-next/bundles/index.js"></script>
<script type="module">
  import { RudderAnalytics } from "/rudderstack/index.mjs";
  window.RudderAnalytics = RudderAnalytics;
</script>
<a id="link" href="#deals">Deals</a><form id="form" onsubmit="return false"><button>Subscribe</button></form>"""

# each waits until `window.client` has loaded; of Segment's settings only those of its own destination are needed
LOAD_SEGMENT = """async ({ url, key, ...delivery }) => {
  const [client] = await AnalyticsNext.AnalyticsBrowser.load(
    { writeKey: key, cdnSettings: { integrations: { "Segment.io": { apiKey: key } } } },
    { integrations: { "Segment.io": { apiHost: new URL(url).host + "/v1", protocol: "http", ...delivery } } },
  );
  window.client = client;
}"""
LOAD_RUDDERSTACK = """async ({ url, key, ...options }) => {
  window.client = new RudderAnalytics();
  client.load(key, url, { configUrl: url, ...options });
  await new Promise((loaded) => client.ready(loaded));
}"""


@contextmanager
def client_pages() -> Iterator[str]:
    """The shop's address (http://127.0.0.1:port), served until the block ends; also reached as another origin,
    `localhost`."""
    if not (SEGMENT / "index.js").exists():
        raise FileNotFoundError(f"{SEGMENT} is missing: `make check` installs the JavaScript packages")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Serves the packages' files, and the document under every other path."""

    def do_GET(self) -> None:
        content, kind = DOCUMENT, "text/html"
        for path, folder in FOLDERS.items():
            if self.path.startswith(path):
                content, kind = (folder / self.path.removeprefix(path)).read_bytes(), "text/javascript"
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
