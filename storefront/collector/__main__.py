"""`python -m storefront.collector`: serve with the settings' addresses and limits until SIGTERM."""

from __future__ import annotations

import uvicorn

from comptoir.settings import get_settings
from storefront.collector.app import Collector
from storefront.collector.config import CollectorConfig


def main() -> None:
    settings = get_settings()
    uvicorn.run(
        Collector(CollectorConfig.of(settings)),
        host=settings.host,
        port=settings.collector_port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,  # whose X-Forwarded-For names the visitor's address
    )


if __name__ == "__main__":
    main()
