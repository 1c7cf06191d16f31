"""Connections: pages of nodes with opaque cursors, or all nodes when a bulk operation reads.

The cursor of a node is its key, not its position, so a page stays right when rows are added or deleted between two
requests. Source: Shopify's documentation of pagination with GraphQL.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

Node = dict[str, Any]
"""A GraphQL object by Shopify's field names. A value that is a function is called with the field's arguments."""

Key = tuple[int, ...]
"""What a connection is sorted by, unique for each node."""

Fetch = Callable[[Key | None, bool], Iterator[tuple[Key, Node]]]
"""(key to start after or None, descending) -> (key, node) pairs in that order."""

MAX_PAGE = 250
NO_PAGE = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
EMPTY: Node = {"edges": [], "nodes": [], "pageInfo": NO_PAGE}


def connection(
    info: GraphQLResolveInfo,
    fetch: Fetch,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    **_: Any,
) -> Node:
    """One page, by GraphQL's paging arguments; for a bulk operation its next nodes.

    Raises GraphQLError without `first` and `last`, for more than 250 nodes, and for a cursor that is not ours.
    """
    if info.context.bulk is not None:
        return _next_nodes(info, fetch, reverse)
    size = first if first is not None else last
    if size is None:
        raise GraphQLError("you must provide one of first or last")
    if not 0 <= size <= MAX_PAGE:
        raise GraphQLError(f"a page has at most {MAX_PAGE} items, but {size} were requested")
    is_backward = first is None
    start = before if is_backward else after
    pairs = list(islice(fetch(_key(start) if start else None, reverse != is_backward), size + 1))
    has_more = len(pairs) > size
    pairs = pairs[:size][::-1] if is_backward else pairs[:size]
    return {
        "edges": [{"node": node, "cursor": _cursor(key)} for key, node in pairs],
        "nodes": [node for _, node in pairs],
        "pageInfo": {
            "hasNextPage": before is not None if is_backward else has_more,
            "hasPreviousPage": has_more if is_backward else after is not None,
            "startCursor": _cursor(pairs[0][0]) if pairs else None,
            "endCursor": _cursor(pairs[-1][0]) if pairs else None,
        },
    }


def listed(nodes: Sequence[Node] | Iterator[Node]) -> Fetch:
    """A fetch over a list of nodes; their position is the key."""

    def fetch(after: Key | None, descending: bool) -> Iterator[tuple[Key, Node]]:
        pairs = [((position,), node) for position, node in enumerate(nodes)]
        if descending:
            pairs.reverse()
        return (pair for pair in pairs if after is None or (pair[0] < after if descending else pair[0] > after))

    return fetch


def _next_nodes(info: GraphQLResolveInfo, fetch: Fetch, reverse: bool) -> Node:
    nodes = info.context.bulk.take(info.path, lambda: (node for _, node in fetch(None, reverse)))
    return {"edges": [{"node": node} for node in nodes], "nodes": nodes, "pageInfo": NO_PAGE}


def _cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _key(cursor: str) -> Key:
    try:
        return tuple(int(part) for part in json.loads(base64.urlsafe_b64decode(cursor)))
    except (ValueError, TypeError) as error:
        raise GraphQLError(f"invalid cursor {cursor!r}") from error
