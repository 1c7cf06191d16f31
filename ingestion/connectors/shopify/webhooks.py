"""Registers the webhooks about goods in the shop: `python -m ingestion.connectors.shopify.webhooks ADDRESS`.

ADDRESS is the public https address of the receiver, as `https://data.example.com/webhooks/shopify`. Safe to run again:
what is registered for this address stays, what goes to another one is left alone. Shopify removes a subscription whose
deliveries fail for days, so run it again after a long outage.
Source: Shopify's GraphQL Admin API, webhookSubscriptionCreate.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from comptoir.settings import settings_at_start
from ingestion.connectors.shopify.api import ShopifyApi, ShopifyError
from ingestion.shop_source import open_shopify, signed_in

TOPICS = ("PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE", "INVENTORY_LEVELS_UPDATE")
REGISTERED = """
query ($topics: [WebhookSubscriptionTopic!]) {
  webhookSubscriptions(first: 100, topics: $topics) { edges { node { id topic uri } } }
}
"""
REGISTER = """
mutation ($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
}
"""


def register(api: ShopifyApi, address: str) -> list[str]:
    """Register TOPICS for `address`; returns those that were not. Raises ShopifyError when the shop refuses one."""
    known = api.query(REGISTERED, topics=list(TOPICS))["webhookSubscriptions"]["edges"]
    done = {edge["node"]["topic"] for edge in known if edge["node"]["uri"] == address}
    missing = [topic for topic in TOPICS if topic not in done]
    for topic in missing:
        answer = api.query(REGISTER, topic=topic, subscription={"uri": address, "format": "JSON"})
        if errors := answer["webhookSubscriptionCreate"]["userErrors"]:
            raise ShopifyError(f"the shop does not register {topic} for {address}: {_fields(errors)}")
    return missing


def _fields(errors: list[dict[str, Any]]) -> str:
    """Of each error the field that it is about: the shop's own words may quote what somebody typed."""
    named = (str(part) for error in errors for part in error.get("field") or [])
    return ", ".join(dict.fromkeys(part for part in named if part.isidentifier())) or "no field is named"


def main(address: Annotated[str, typer.Argument(help="of the receiver: https://HOST/webhooks/shopify")]) -> None:
    """Register the webhooks about goods in the settings' shop.

    Raises BadParameter for an address that Shopify cannot call, SystemExit when the shop refuses.
    """
    if urlsplit(address).scheme != "https":
        raise typer.BadParameter("Shopify calls only https addresses")
    settings = settings_at_start()
    if settings.shop_platform != "shopify":
        raise SystemExit(f"COMPTOIR_SHOP_PLATFORM is {settings.shop_platform}: only Shopify has these webhooks.")
    try:
        with open_shopify(signed_in(settings)) as api:
            made = register(api, address)
    except ShopifyError as error:
        raise SystemExit(str(error)) from error
    typer.echo(f"registered: {', '.join(made)}" if made else "every topic was registered already")


if __name__ == "__main__":
    typer.run(main)
