"""The way from `<shop>.myshopify.com` to the demo shop's server: a CONNECT proxy (proxy.py with one plugin).

The connector only knows Shopify's host; with `HTTPS_PROXY` set to this proxy it reaches the demo shop instead.
Every other host is refused: nothing leaves the machine through here. `python -m demo_shop.shopify.proxy` serves
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
    """Sends tunnels for any Shopify shop to the demo shop's server, refuses the rest with 403."""

    def before_upstream_connection(self, request: HttpParser) -> HttpParser | None:
        if not request.is_https_tunnel or request.host is None or not request.host.endswith(SHOPIFY):
            raise HttpRequestRejected(status_code=403, reason=b"Only *.myshopify.com:443 goes through the demo proxy")
        host, _, port = self.flags.demo_shop.rpartition(":")
        request.host, request.port = host.encode(), int(port)
        return request


def arguments(host: str, port: int, demo_shop: str) -> list[str]:
    """proxy.py's arguments: one small process that listens on `host:port` and knows the server `demo_shop`."""
    return [
        *("--hostname", host),
        *("--port", str(port)),
        *("--num-workers", "1"),
        *("--num-acceptors", "1"),
        *("--log-level", "WARNING"),
        *("--demo-shop", demo_shop),
    ]


def main() -> None:
    settings = get_settings()
    demo_shop = f"{settings.host}:{settings.demo_shop_port}"
    with Proxy(arguments(settings.host, settings.demo_proxy_port, demo_shop), plugins=[ShopRedirect]) as proxy:
        sleep_loop(proxy)


if __name__ == "__main__":
    main()
