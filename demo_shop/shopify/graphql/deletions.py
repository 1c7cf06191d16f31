"""Deletions, which Shopify reports in two fields: `events` (with action destroy) and `deletionEvents`."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from demo_shop.shopify.graphql.connections import Node, connection, listed
from demo_shop.shopify.graphql.context import utc_time
from demo_shop.shopify.graphql.search_syntax import parse_search
from demo_shop.shopify.identifiers import gid
from demo_shop.store.store import Deletion


def events(
    _root: Any, info: GraphQLResolveInfo, query: str | None = None, sortKey: str | None = None, **page: Any
) -> Node:
    """The field `events`. The demo shop records only deletions (`action:destroy`) of products and orders."""
    search = parse_search(query)
    wanted = {term.field: term.value.lower() for term in search.terms}
    found = [
        deletion
        for kind in ("Product", "Order")
        if wanted.get("subject_type", kind.lower()) == kind.lower() and wanted.get("action", "destroy") == "destroy"
        for deletion in info.context.store.deletions(kind, **_created(search.bounds))
    ]
    nodes = [_event_node(deletion) for deletion in sorted(found, key=lambda deletion: deletion.event_id)]
    return connection(info, listed(nodes), **page)


def deletion_events(
    _root: Any,
    info: GraphQLResolveInfo,
    query: str | None = None,
    subjectTypes: list[str] | None = None,
    sortKey: str | None = None,
    **page: Any,
) -> Node:
    """The field `deletionEvents`: deleted products. Shopify also lists collections, which the demo shop has not."""
    bounds = parse_search((query or "").replace("occurred_at", "created_at")).bounds
    is_requested = not subjectTypes or "PRODUCT" in subjectTypes
    found = info.context.store.deletions("Product", **_created(bounds)) if is_requested else []
    return connection(info, listed([_deletion_event_node(deletion) for deletion in found]), **page)


def _created(bounds: dict[str, Any]) -> dict[str, Any]:
    return {"since": bounds.get("created_from"), "until": bounds.get("created_to")}


def _deletion_event_node(deletion: Deletion) -> Node:
    return {
        "__typename": "DeletionEvent",
        "occurredAt": utc_time(deletion.deleted_at),
        "subjectId": gid(deletion.kind, deletion.subject_id),
        "subjectType": deletion.kind.upper(),
    }


def _event_node(deletion: Deletion) -> Node:
    return {
        "__typename": "BasicEvent",
        "id": gid("BasicEvent", deletion.event_id),
        "action": "destroy",
        "message": f"{deletion.kind} was deleted.",
        "createdAt": utc_time(deletion.deleted_at),
        "subjectId": gid(deletion.kind, deletion.subject_id),
        "subjectType": deletion.kind.upper(),
        "attributeToApp": False,
        "attributeToUser": True,
        "criticalAlert": False,
        "hasAdditionalContent": False,
    }
