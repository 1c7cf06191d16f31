"""The shop's data into raw_shop: the one function that the orchestration calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

from pydantic import SecretStr

from comptoir.settings import Settings
from ingestion.airbyte.process import ConnectorError
from ingestion.connectors.magento.connector import magento_source
from ingestion.connectors.shopify.api import ShopifyApi
from ingestion.connectors.shopify.census import ShopifyListing
from ingestion.connectors.shopify.connector import shopify_source
from ingestion.connectors.shopify.token import day_token
from ingestion.connectors.spec import Source
from ingestion.ingestor import ingestor_of
from ingestion.reconciliation.audit import ShopAudit
from ingestion.reconciliation.census import ShopListing
from ingestion.sync_report import OnProgress, SyncReport, ignore_progress


def source_of(settings: Settings) -> Source:
    """The connector, configuration and streams for the shop of the settings: a real one, or the demo shop."""
    if settings.shop_platform == "magento":
        if not settings.demo_shop and not settings.shop_url:
            raise ConnectorError("the address of the Magento shop is not known: set COMPTOIR_SHOP_URL")
        return magento_source(
            settings.connector_venv,
            settings.demo_shop_url if settings.demo_shop else str(settings.shop_url),
            settings.shop_api_password.get_secret_value(),
            settings.shop_start_date.isoformat(),
            environment=demo_trust(settings) if settings.demo_shop else {},
            store_view=settings.shop_store_view,
        )
    return shopify_source(
        settings.connector_venv,
        settings.shop_name,
        settings.shop_api_password.get_secret_value(),
        settings.shop_start_date.isoformat(),
        environment=demo_environment(settings) if settings.demo_shop else {},
        has_day_token=bool(settings.shop_client_id),
    )


def demo_environment(settings: Settings) -> dict[str, str]:
    """How the unmodified connector reaches the demo shop: by its proxy, trusting its certificate authority."""
    return {
        "HTTPS_PROXY": f"http://{settings.host}:{settings.demo_proxy_port}",
        **demo_trust(settings),
        "NO_PROXY": "",  # the machine's own exceptions must not send us past the demo shop
    }


def demo_trust(settings: Settings) -> dict[str, str]:
    """The demo shop's certificate authority; a connector that is told the shop's address needs no more."""
    authority = str(settings.demo_shop_dir / "ca.pem")
    return {"REQUESTS_CA_BUNDLE": authority, "SSL_CERT_FILE": authority, "NO_PROXY": settings.host}


def signed_in(settings: Settings) -> Settings:
    """The settings with an access token for today, where the shop gives none that stays."""
    if settings.shop_platform != "shopify" or not settings.shop_client_id:
        return settings
    secret = settings.shop_client_secret.get_secret_value()
    token = day_token(settings.shop_name, settings.shop_client_id, secret, **_way(settings))
    return settings.model_copy(update={"shop_api_password": SecretStr(token)})


@contextmanager
def listing_of(settings: Settings) -> Iterator[ShopListing | None]:
    """What the shop says of itself; None when we have no token for it, or no way to ask."""
    if settings.shop_platform != "shopify" or not settings.shop_api_password:
        yield None
        return
    with ShopifyApi(settings.shop_name, settings.shop_api_password.get_secret_value(), **_way(settings)) as api:
        yield ShopifyListing(api)


def _way(settings: Settings) -> dict[str, Any]:
    """How we ourselves reach the shop: like the connector, by the demo's proxy or directly."""
    if not settings.demo_shop:
        return {}
    proxy = f"http://{settings.host}:{settings.demo_proxy_port}"
    return {"proxy": proxy, "authority": settings.demo_shop_dir / "ca.pem"}


def sync_shop(settings: Settings, on_progress: OnProgress = ignore_progress) -> SyncReport:
    """Read what changed in the shop since the last sync into raw_shop, the way the settings name; then compare.

    Streams that failed are in the report, the others are complete; after a whole sync the report says whether raw
    holds what the shop has. Raises IngestionError when nothing could be read at all, psycopg.Error when Postgres
    fails.
    """
    settings = signed_in(settings)
    source, ingestor = source_of(settings), ingestor_of(settings)
    with listing_of(settings) as listing:
        if listing is None:
            return ingestor.sync(source, on_progress)
        audit = ShopAudit(
            settings.database_url,
            listing,
            datetime.combine(settings.shop_start_date, time(), UTC),
            settings.shop_timezone,
            timedelta(hours=settings.key_comparison_hours),
            settings.deleted_share_limit,
        )
        report = ingestor.sync(source, on_progress, audit.again_from)
        if report.success:
            report.completeness = audit.check()
            on_progress(report.completeness)
        return report
