"""The shop: a real call with its credentials."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from comptoir.settings import Settings
from doctor.finding import Finding, blocks, fine, warns
from ingestion.shop_source import open_census, signed_in
from ingestion.sync_report import IngestionError
from local.ports import is_listening

TIMEOUT_SECONDS = 15


def examine_shop(settings: Settings) -> Iterator[Finding]:
    """Ask the shop one thing."""
    if settings.demo_shop:
        yield _demo(settings)
    elif settings.shop_platform == "magento":
        yield _magento(settings)
    else:
        yield _shopify(settings)


def _demo(settings: Settings) -> Finding:
    if not is_listening(settings.demo_shop_port, settings.host):
        return warns("shop", "the demo shop does not run.", "run `comptoir up`, or set COMPTOIR_DEMO_SHOP=false")
    return _shopify(settings) if settings.shop_platform == "shopify" else fine("shop", "the demo shop runs.")


def _shopify(settings: Settings) -> Finding:
    remedy = "correct COMPTOIR_SHOP_NAME, and COMPTOIR_SHOP_API_PASSWORD or the app's client id and secret"
    try:
        with open_census(signed_in(settings)) as census:
            if census is None:
                return blocks("shop", "no credentials of the shop are set.", remedy)
            return fine("shop", f"the shop {settings.shop_name} answers; its clock says {census.now():%Y-%m-%d %H:%M}.")
    except IngestionError as error:
        return blocks("shop", f"{error}.", remedy)


def _magento(settings: Settings) -> Finding:
    url = f"{str(settings.shop_url).rstrip('/')}/rest/V1/store/storeViews"
    token = settings.shop_api_password.get_secret_value()
    try:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError as error:
        return blocks("shop", f"{url} does not answer: {error or type(error).__name__}.", "correct COMPTOIR_SHOP_URL")
    if answer.status_code in (401, 403):
        remedy = "correct COMPTOIR_SHOP_API_PASSWORD; the integration needs the resources of docs/sources/magento.md"
        return blocks("shop", f"the shop refuses the token (HTTP {answer.status_code}).", remedy)
    if answer.is_error:
        return blocks("shop", f"{url} answers with HTTP {answer.status_code}.", "correct COMPTOIR_SHOP_URL")
    views = [view.get("code") for view in answer.json()]
    if settings.shop_store_view not in views:
        known = ", ".join(map(str, views))
        return blocks(
            "shop", f"it has no store view {settings.shop_store_view}.", f"set COMPTOIR_SHOP_STORE_VIEW: {known}"
        )
    return fine("shop", f"{settings.shop_url} answers and has the store view {settings.shop_store_view}.")
