"""A CONNECT proxy that leads from `<shop>.myshopify.com` to the demo shop's server (proxy.py with one plugin).

The connector only calls Shopify's host. With `HTTPS_PROXY` set to this proxy it reaches the demo shop instead.
Requests for any other host are refused, so nothing leaves the machine. `python -m demo_shop.shopify.proxy` serves
until it is stopped.
"""

from __future__ import annotations

from proxy import Proxy, sleep_loop
from proxy.common.flag import flags
from proxy.http.exception import HttpRequestRejected
from proxy.http.parser import HttpParser
from proxy.http.proxy import HttpProxyBasePlugin

from comptoir.settings import get_settings

SHOPIFY = b".myshopify.com"

flags.add_argument("--demo-shop", help="host:port of the demo shop's server")


class ShopRedirect(HttpProxyBasePlugin):
    """Leads tunnels for any Shopify shop to the demo shop's server and refuses all others with 403."""

    def before_upstream_connection(self, request: HttpParser) -> HttpParser | None:
        """The request with the demo shop as its host. Raises HttpRequestRejected for any other host."""
        if not request.is_https_tunnel or request.host is None or not request.host.endswith(SHOPIFY):
            raise HttpRequestRejected(status_code=403, reason=b"Only *.myshopify.com:443 goes through the demo proxy")
        host, _, port = self.flags.demo_shop.rpartition(":")
        request.host, request.port = host.encode(), int(port)
        return request


def arguments(host: str, port: int, demo_shop: str) -> list[str]:
    """proxy.py's arguments: one process that listens on `host:port` and forwards to `demo_shop` (host:port)."""
    return [
        *("--hostname", host),
        *("--port", str(port)),
        *("--num-workers", "1"),
        *("--num-acceptors", "1"),
        *("--log-level", "WARNING"),
        *("--demo-shop", demo_shop),
    ]


def main() -> None:
    """Serve at the settings' address until the process is stopped."""
    settings = get_settings()
    demo_shop = f"{settings.host}:{settings.demo_shop_port}"
    with Proxy(arguments(settings.host, settings.demo_proxy_port, demo_shop), plugins=[ShopRedirect]) as proxy:
        sleep_loop(proxy)


if __name__ == "__main__":
    main()
