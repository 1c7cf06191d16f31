"""The shop's data into raw_shop: the one function that the orchestration calls."""

from __future__ import annotations

from comptoir.settings import Settings
from ingestion.connector_process import ConnectorError
from ingestion.connectors import Source
from ingestion.connectors.magento import magento_source
from ingestion.connectors.shopify import shopify_source
from ingestion.ingestor import ingestor_of
from ingestion.sync_report import OnProgress, SyncReport, ignore_progress


def source_of(settings: Settings) -> Source:
    """The connector, configuration and streams for the shop of the settings: a real one, or the demo shop."""
    if settings.shop_platform == "magento":
        if not settings.demo_shop and not settings.shop_url:
            raise ConnectorError("the address of the Magento shop is not known: set COMPTOIR_SHOP_URL")
        return magento_source(
            settings.connector_venv,
            settings.demo_shop_url if settings.demo_shop else settings.shop_url,
            settings.shop_api_password,
            settings.shop_start_date,
            environment=demo_trust(settings) if settings.demo_shop else {},
            store_view=settings.shop_store_view,
        )
    if settings.shop_platform != "shopify":
        raise ConnectorError(
            f"shop platform {settings.shop_platform!r} is not supported: set it to 'shopify' or 'magento'"
        )
    return shopify_source(
        settings.connector_venv,
        settings.shop_name,
        settings.shop_api_password,
        settings.shop_start_date,
        environment=demo_environment(settings) if settings.demo_shop else {},
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


def sync_shop(settings: Settings, on_progress: OnProgress = ignore_progress) -> SyncReport:
    """Read what changed in the shop since the last sync and write it to raw_shop, the way the settings name.

    Streams that failed are in the report, the others are complete. Raises IngestionError when nothing could be
    read at all, psycopg.Error when Postgres fails.
    """
    return ingestor_of(settings).sync(source_of(settings), on_progress)
