"""The nearest neighbours of products in arrays that compiled code reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recommendations.catalogue import Floats, Numbers


class NearLists:
    """A list of at most `width` neighbours, nearest first, for some of the products; products are catalogue numbers."""

    def __init__(self, width: int) -> None:
        self.row = np.full(0, -1)  # (n_products,): the product's row in the other arrays, -1 = it has no list
        self.products = np.zeros((0, width), np.int32)  # (n_rows, width)
        self.weights = np.zeros((0, width))  # (n_rows, width)
        self.length = np.zeros(0, np.int64)  # (n_rows,): neighbours in the list
        self._free: list[int] = []  # rows that no product uses

    def has(self, product: int) -> bool:
        """Whether the product has a list."""
        return product < len(self.row) and bool(self.row[product] >= 0)

    def make_room(self, products: int) -> None:
        """Make `row` long enough for `products` catalogue numbers."""
        if len(self.row) < products:
            self.row = np.append(self.row, np.full(products - len(self.row), -1))

    def replace(self, product: int, neighbours: Sequence[int], weights: Sequence[float]) -> None:
        """Set the list of a product: neighbours, nearest first, and their weights."""
        self.make_room(product + 1)
        row = self.row[product]
        if row < 0:
            if not self._free:
                self._grow()
            row = self.row[product] = self._free.pop()
        length = self.length[row] = len(neighbours)
        self.products[row, :length] = neighbours
        self.weights[row, :length] = weights

    def raise_weights(self, heavier: Sequence[tuple[int, int, float]], id_rank: Numbers, least: float) -> None:
        """Move neighbours whose weight grew to their new places, in the order of `scoring.nearest`.

        Only a neighbour whose weight grew can enter a list.

        Args:
            heavier: (product that has a list, neighbour, its weight now).
            id_rank: see `Catalogue.id_rank`.
            least: neighbours up to this weight are left out.
        """
        if heavier:
            products, neighbours, weights = map(np.array, zip(*heavier, strict=True))
            _raise(self.row[products], neighbours, weights, id_rank, least, self.products, self.weights, self.length)

    def damped(
        self, products: Sequence[int], popularity: Floats, id_rank: Numbers, length: int
    ) -> tuple[NDArray[np.int32], Floats, Numbers]:
        """The first `length` neighbours of products by weight / √(1 + popularity): less for what all look at anyway.

        Args:
            products: that have a list, others get an empty one.
            popularity: events by catalogue number.
            id_rank: see `Catalogue.id_rank`; decides between equals, descending.
            length: of the lists returned.

        Returns:
            Neighbours and their damped weights, best first (n_products, length), and how many there are (n_products,).
        """
        rows = self.row[np.array(products, np.int64)]
        return _damped(rows, popularity, id_rank, length, self.products, self.weights, self.length)

    def remove(self, product: int) -> None:
        """Drop the product's list; its row can be used by another product."""
        if self.has(product):
            self._free.append(self.row[product])
            self.row[product] = -1

    def of(self, product: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The neighbours of a product, nearest first, and their weights; empty when it has no list."""
        if not self.has(product):
            return self.products[:0, 0], self.weights[:0, 0]
        row = self.row[product]
        length = self.length[row]
        return self.products[row, :length], self.weights[row, :length]

    def _grow(self) -> None:
        rows, width = self.products.shape
        more = max(1024, rows // 2)
        self._free = list(range(rows + more - 1, rows - 1, -1))
        self.products = np.concatenate([self.products, np.zeros((more, width), np.int32)])
        self.weights = np.concatenate([self.weights, np.zeros((more, width))])
        self.length = np.append(self.length, np.zeros(more, np.int64))


@njit(cache=True, nogil=True)
def _raise(rows, neighbours, heavier, id_rank, least, products, weights, lengths):  # type: ignore[no-untyped-def]
    """Move each neighbour to its new place: by weight, then by id, both descending."""
    width = products.shape[1]
    for change in range(len(rows)):
        row, neighbour, weight = rows[change], neighbours[change], heavier[change]
        if row < 0 or weight <= least:
            continue
        length = lengths[row]
        place = 0
        while place < length and products[row, place] != neighbour:
            place += 1
        if place == length and length < width:
            lengths[row] += 1
        elif place == length:
            place -= 1
            last = products[row, place]
            if weight < weights[row, place] or (weight == weights[row, place] and id_rank[neighbour] < id_rank[last]):
                continue
        while place > 0:
            before = products[row, place - 1]
            ahead = weights[row, place - 1]
            if weight < ahead or (weight == ahead and id_rank[neighbour] < id_rank[before]):
                break
            products[row, place], weights[row, place] = before, ahead
            place -= 1
        products[row, place], weights[row, place] = neighbour, weight


@njit(cache=True, nogil=True)
def _damped(rows, popularity, id_rank, length, products, weights, lengths):  # type: ignore[no-untyped-def]
    """Put each neighbour into its place among the best so far, in the order of `scoring.damped`."""
    best = np.zeros((len(rows), length), np.int32)
    scores = np.zeros((len(rows), length))
    found = np.zeros(len(rows), np.int64)
    for number, row in enumerate(rows):
        if row < 0:
            continue
        count = 0
        for place in range(lengths[row]):
            neighbour = products[row, place]
            score = weights[row, place] / np.sqrt(1 + popularity[neighbour])
            at = count
            while at > 0:
                before = scores[number, at - 1]
                other = best[number, at - 1]
                if score < before or (score == before and id_rank[neighbour] < id_rank[other]):
                    break
                if at < length:
                    scores[number, at], best[number, at] = before, other
                at -= 1
            if at < length:
                scores[number, at], best[number, at] = score, neighbour
                count = min(count + 1, length)
        found[number] = count
    return best, scores, found
