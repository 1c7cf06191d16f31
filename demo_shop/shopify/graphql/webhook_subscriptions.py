"""Webhook subscriptions: the demo shop keeps them in memory and delivers none."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from demo_shop.shopify.graphql.connections import Node, connection, listed
from demo_shop.shopify.identifiers import gid

FIRST_NUMBER = 900_000_000_000


def subscribe(_root: Any, info: GraphQLResolveInfo, topic: str, webhookSubscription: dict[str, Any]) -> Node:
    """The mutation `webhookSubscriptionCreate`; as in Shopify, a topic is taken once for an address."""
    known, uri = info.context.subscriptions, webhookSubscription.get("uri") or ""
    if not uri.startswith("https://") or any((one["topic"], one["uri"]) == (topic, uri) for one in known):
        why = "Address for this topic has already been taken" if uri.startswith("https://") else "Address is invalid"
        return {"userErrors": [{"field": ["webhookSubscription", "uri"], "message": why}]}
    known.append({"id": gid("WebhookSubscription", FIRST_NUMBER + len(known)), "topic": topic, "uri": uri})
    return {"webhookSubscription": known[-1], "userErrors": []}


def subscriptions(_root: Any, info: GraphQLResolveInfo, topics: list[str] | None = None, **page: Any) -> Node:
    """The field `webhookSubscriptions`."""
    nodes = [one for one in info.context.subscriptions if not topics or one["topic"] in topics]
    return connection(info, listed(nodes), **page)
