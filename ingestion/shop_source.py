"""Which shop the settings name, and how to reach it: its connector's configuration, its access token, its census."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr

from comptoir.settings import Settings
from ingestion.airbyte.process import ConnectorError
from ingestion.connectors.magento import connector as magento
from ingestion.connectors.shopify import connector as shopify
from ingestion.connectors.shopify.api import ShopifyApi
from ingestion.connectors.shopify.census import ShopifyCensus
from ingestion.connectors.shopify.token import day_token
from ingestion.connectors.spec import Source
from ingestion.reconciliation.census import ShopCensus

STREAMS = {"shopify": shopify.STREAMS, "magento": magento.STREAMS}


def streams_of(platform: str) -> tuple[str, ...]:
    """Names of the streams, and of their tables in raw_shop, that are read from a shop of this platform.

    Needs no other setting. Raises ConnectorError when the platform is not supported.
    """
    if platform not in STREAMS:
        known = " or ".join(repr(name) for name in sorted(STREAMS))
        raise ConnectorError(f"shop platform {platform!r} is not supported: set COMPTOIR_SHOP_PLATFORM to {known}")
    return STREAMS[platform]


def source_of(settings: Settings) -> Source:
    """Connector, configuration (secrets included) and streams of the shop that the settings name.

    Asks nobody. Raises ConnectorError when the platform is not supported or the shop's address is not set.
    """
    streams = streams_of(settings.shop_platform)
    if settings.shop_platform == "magento":
        if not settings.demo_shop and not settings.shop_url:
            raise ConnectorError("the address of the Magento shop is not known: set COMPTOIR_SHOP_URL")
        return magento.magento_source(
            settings.connector_venv,
            settings.demo_shop_url if settings.demo_shop else str(settings.shop_url),
            settings.shop_api_password.get_secret_value(),
            settings.shop_start_date.isoformat(),
            environment=demo_trust(settings) if settings.demo_shop else {},
            streams=streams,
            store_view=settings.shop_store_view,
        )
    return shopify.shopify_source(
        settings.connector_venv,
        settings.shop_name,
        settings.shop_api_password.get_secret_value(),
        settings.shop_start_date.isoformat(),
        environment=demo_environment(settings) if settings.demo_shop else {},
        streams=streams,
        has_day_token=bool(settings.shop_client_id),
        has_price_lists=bool(settings.price_lists),
    )


def demo_environment(settings: Settings) -> dict[str, str]:
    """Environment in which the unmodified Shopify connector reaches the demo shop: its proxy and its certificates."""
    return {
        "HTTPS_PROXY": f"http://{settings.host}:{settings.demo_proxy_port}",
        **demo_trust(settings),
        "NO_PROXY": "",  # the machine's own exceptions must not lead past the demo shop
    }


def demo_trust(settings: Settings) -> dict[str, str]:
    """Environment that trusts the demo shop's certificates; enough for a connector that is given the shop's address."""
    authority = str(settings.demo_shop_dir / "ca.pem")
    return {"REQUESTS_CA_BUNDLE": authority, "SSL_CERT_FILE": authority, "NO_PROXY": settings.host}


def signed_in(settings: Settings) -> Settings:
    """The settings with an access token for today, where the shop grants no permanent one.

    Raises ShopifyError when the shop does not grant it.
    """
    if settings.shop_platform != "shopify" or not settings.shop_client_id:
        return settings
    secret = settings.shop_client_secret.get_secret_value()
    token = day_token(settings.shop_name, settings.shop_client_id, secret, **_route(settings))
    return settings.model_copy(update={"shop_api_password": SecretStr(token)})


@contextmanager
def open_census(settings: Settings) -> Iterator[ShopCensus | None]:
    """What the shop says it has; None when we have no token for it, or its platform has no census."""
    if settings.shop_platform != "shopify" or not settings.shop_api_password:
        yield None
        return
    with open_shopify(settings) as api:
        yield ShopifyCensus(api)


@contextmanager
def open_shopify(settings: Settings) -> Iterator[ShopifyApi]:
    """Our own client of a shop of Shopify's; `settings` after `signed_in`."""
    with ShopifyApi(settings.shop_name, settings.shop_api_password.get_secret_value(), **_route(settings)) as api:
        yield api


def _route(settings: Settings) -> dict[str, Any]:
    """How our own requests reach the shop: like the connector's, by the demo's proxy or directly."""
    if not settings.demo_shop:
        return {}
    proxy = f"http://{settings.host}:{settings.demo_proxy_port}"
    return {"proxy": proxy, "authority": settings.demo_shop_dir / "ca.pem"}
