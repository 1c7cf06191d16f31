"""Reads the result of a bulk query in pieces, so that memory stays bounded.

The query is executed repeatedly, each time over one piece of its root connection. A nested connection with more nodes
than the window continues where it stopped in the next pass over the same piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from graphql.pyutils import Path

from demo_shop.shopify.graphql.connections import Node

PIECE = 250  # nodes of the root connection
WINDOW = 1000  # nodes of each nested connection


class BulkReader:
    """Supplies the connections of a query with their next nodes.

    Use: `while reader.next_piece():` execute the query, then, while `unfinished`, `next_pass()` and execute it again.
    """

    def __init__(self, piece: int = PIECE, window: int = WINDOW) -> None:
        self._size, self._window = piece, window
        self._root: Iterator[Node] | None = None
        self._waiting: list[Node] = []
        self._piece: list[Node] | None = None
        self._open: dict[tuple[Any, ...], Iterator[Node]] = {}
        self._is_first_pass = True
        self._is_exhausted = False
        self._has_begun = False

    @property
    def unfinished(self) -> bool:
        """Whether a nested connection of this piece has more nodes to read."""
        return bool(self._open)

    def next_piece(self) -> bool:
        """Move on to the next nodes of the root connection; False when there are none."""
        # the execution read nothing: a connection that is always empty in the demo shop
        is_unread = self._has_begun and self._root is None
        if is_unread or (self._is_exhausted and not self._waiting):
            return False
        self._has_begun = True
        self._piece, self._is_first_pass = None, True
        self._open.clear()
        return True

    def next_pass(self) -> None:
        """Stay on this piece, for the rest of its nested connections."""
        self._is_first_pass = False

    def split(self) -> None:
        """Read this piece again, one root node at a time, so that each parent is followed by all of its children."""
        self._waiting = (self._piece or []) + self._waiting
        self._size = 1

    def take(self, path: Path, nodes: Callable[[], Iterator[Node]]) -> list[Node]:
        """The next nodes of the connection at `path`."""
        if path.prev is None:
            return self._take_root(nodes)
        key = tuple(path.as_list())
        iterator = self._open.pop(key, None) if not self._is_first_pass else nodes()
        if iterator is None:
            return []
        taken = list(islice(iterator, self._window))
        if len(taken) == self._window:
            self._open[key] = iterator
        return taken

    def _take_root(self, nodes: Callable[[], Iterator[Node]]) -> list[Node]:
        if self._root is None:
            self._root = nodes()
        if self._piece is None:
            self._piece, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
            missing = self._size - len(self._piece)
            fresh = list(islice(self._root, missing))
            self._is_exhausted = len(fresh) < missing
            self._piece += fresh
        return self._piece
