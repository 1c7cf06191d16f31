from __future__ import annotations

import random

import numpy as np
import pytest

from recommendations.near_lists import NearLists
from recommendations.scoring import nearest


@pytest.mark.parametrize("seed", range(8))
def test_raised_weights_give_the_nearest_of_all(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"{rng.randrange(10**6):06}-{number}" for number in range(60)]
    id_rank = np.argsort(np.argsort(names))
    lists, weights = NearLists(width=10), [dict[int, float]() for _ in range(3)]
    for product in range(3):
        lists.replace(product, [], [])
    for _ in range(200):
        heavier = []
        for _ in range(rng.randint(0, 6)):
            product, neighbour = rng.randrange(3), rng.randrange(60)
            weights[product][neighbour] = weights[product].get(neighbour, 0.0) + rng.choice([0.0, 1.0, 2.0])  # ties
            heavier.append((product, neighbour, weights[product][neighbour]))
        lists.raise_weights(heavier, id_rank, least=0.5)
        for product in range(3):
            near = nearest({names[n]: weight for n, weight in weights[product].items()}, 10, least=0.5)
            numbers, found = lists.of(product)
            assert [(names[number], weight) for number, weight in zip(numbers, found, strict=True)] == near


def test_a_removed_row_is_given_to_another() -> None:
    lists = NearLists(width=2)
    lists.replace(5, [1, 2], [3.0, 2.0])
    lists.remove(5)
    lists.remove(5)
    lists.replace(7, [3], [1.0])
    assert (lists.has(5), lists.of(5)[0].tolist(), lists.of(7)[0].tolist()) == (False, [], [3])
    assert lists.row[7] == 0
    for product in range(3_000):
        lists.replace(product, [product + 1], [1.0])
    assert [lists.of(product)[0].tolist() for product in (0, 7, 2_999)] == [[1], [8], [3_000]]
