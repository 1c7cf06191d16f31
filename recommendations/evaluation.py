"""How good the recommendations would have been on the last days of the shop's own history.

Sessions that ended before the cut are counted as the stream counts them. Then each step of the later sessions asks the
real scores for a list and looks up the rank of the product that came next. Protocol: Ludewig & Jannach, "Evaluation of
Session-based Recommendation Algorithms" (2018), with the visitor's earlier sessions as history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from math import log2

from recommendations.accessories import accessories_of
from recommendations.cart import cart_of, for_cart
from recommendations.catalogue import ProductCard
from recommendations.model import Model
from recommendations.scoring import LIST_LENGTH, for_visitors
from recommendations.session_counts import IN_ORDER, ProductEvent, product_counts, session_pairs
from recommendations.shop_counts import ShopCounts
from recommendations.visits import RECENT_EVENTS

TEST_DAYS = 7
MAX_STEPS = 20_000  # the first steps of the test part; later ones are not evaluated
STEPS_AT_ONCE = 1_000
SLOTS = ("home", "product", "cart")
NEVER_SEEN = 1e-6  # assumed share in all events of a product that has none

Session = list[ProductEvent]


@dataclass
class Score:
    """The lists of one slot, judged by the product that came next at each step."""

    ranks: list[int] = field(default_factory=list)  # per step: rank in the list of what came next; 0 = not in it
    surprise: float = 0.0  # sum over steps: mean self-information of the listed products, bits
    shown: Counter[str] = field(default_factory=Counter)  # how often each product was listed

    def add(self, listed: Sequence[str], following: str, share_of: Mapping[str, float]) -> None:
        """Add a step: its list, and the product that came next. `share_of`: product -> share in all events."""
        self.ranks.append(listed.index(following) + 1 if following in listed else 0)
        self.shown.update(listed)
        self.surprise += sum(-log2(share_of.get(product) or NEVER_SEEN) for product in listed) / max(len(listed), 1)

    @property
    def steps(self) -> int:
        """Steps judged."""
        return len(self.ranks)

    @property
    def hits(self) -> list[float]:
        """Per step: 1 if the next product was in the list, else 0."""
        return [float(rank > 0) for rank in self.ranks]

    @property
    def reciprocal_ranks(self) -> list[float]:
        """Per step: 1 / rank of the next product, 0 if it was not in the list."""
        return [1 / rank if rank else 0.0 for rank in self.ranks]

    def metrics(self, products: int) -> dict[str, float]:
        """Hit rate, MRR and nDCG at LIST_LENGTH; coverage of the shop's `products`; novelty in bits per product."""
        steps = max(self.steps, 1)
        return {
            "hit_rate": sum(self.hits) / steps,
            "mrr": sum(self.reciprocal_ranks) / steps,
            "ndcg": sum(1 / log2(1 + rank) for rank in self.ranks if rank) / steps,
            "coverage": len(self.shown) / max(products, 1),
            "novelty": self.surprise / steps,
        }


@dataclass(frozen=True)
class Evaluation:
    """The scores of a model, and of the shop's trending list as a baseline on the same steps."""

    model_version: str
    products: int  # of the catalogue
    train_sessions: int
    test_sessions: int
    by_model: dict[str, Score]  # by slot
    by_trending: dict[str, Score]  # by slot

    def metrics(self, slot: str) -> dict[str, float]:
        """The model's metrics for a slot, see `Score.metrics`."""
        return self.by_model[slot].metrics(self.products)


@dataclass(frozen=True)
class History:
    """The sessions before and after the cut, and the product cards."""

    train: list[Session]  # ordered by the end of the session; events of a session in order
    test: list[Session]
    cards: list[ProductCard]


def split_history(events: Iterable[ProductEvent], cards: list[ProductCard], test_days: int = TEST_DAYS) -> History:
    """The sessions of `events`: those that ended in the last `test_days` before the newest event are the test part."""
    sessions: dict[tuple[str, str], Session] = {}
    for event in sorted(events, key=IN_ORDER):
        sessions.setdefault((event.visitor_id, event.session_id), []).append(event)
    ordered = sorted(sessions.values(), key=lambda session: session[-1].occurred_at)
    cut = ordered[-1][-1].occurred_at - timedelta(days=test_days) if ordered else None
    before = [session for session in ordered if cut and session[-1].occurred_at < cut]
    return History(before, ordered[len(before) :], cards)


def evaluate(history: History, model: Model) -> Evaluation:
    """Judge a model on every step of the test sessions, at most MAX_STEPS.

    Raises ValueError when the history has no session.
    """
    shop = _shop_of(history, model)
    scores = {slot: Score() for slot in SLOTS}
    trending = {slot: Score() for slot in SLOTS}
    everything = sum(shop.catalogue.events)
    share_of = {product: shop.popularity(product) / everything for product in shop.catalogue.products if everything}
    bestsellers = shop.trending("")[:LIST_LENGTH]
    for steps in _in_chunks(_steps(history)):
        listed = for_visitors({str(number): past for number, (past, _) in enumerate(steps)}, shop)
        for number, (past, following) in enumerate(steps):
            lists = {
                "home": listed[str(number)].product_ids,
                "product": _on_product_page(shop, past[-1].product_id),
            }
            if cart_of(past):
                in_cart = for_cart(
                    past, lambda product: accessories_of(product, shop), shop.is_sold, shop.catalogue.is_bought_again
                )
                lists["cart"] = in_cart.product_ids
            for slot, products in lists.items():
                # the list of the cart is judged only by what is then put into a cart or bought
                if slot != "cart" or following.kind != "view":
                    scores[slot].add(products, following.product_id, share_of)
                    trending[slot].add(bestsellers, following.product_id, share_of)
    return Evaluation(model.version, len(history.cards), len(history.train), len(history.test), scores, trending)


def _shop_of(history: History, model: Model) -> ShopCounts:
    newest = max((session[-1].occurred_at for session in history.train), default=None)
    first = history.test[0][0].occurred_at if history.test else None
    clock = newest or first
    if clock is None:
        raise ValueError("There is no history to evaluate a model on: the stream has not counted any event yet.")
    shop = ShopCounts(clock)
    shop.model = model
    shop.catalogue.describe(history.cards)
    for product in {
        event.product_id for some in (history.train, history.test) for session in some for event in session
    }:
        shop.hold(product)
    for session in history.train:
        shop.add_pairs(session_pairs(session))
    shop.add_counts(product_counts(event for session in history.train for event in session), clock)
    return shop


def _steps(history: History) -> Iterator[tuple[Session, ProductEvent]]:
    """(the visitor's recent events, the event that came next) for each step to another product in the session."""
    past: dict[str, Session] = {}
    for session in history.train:
        past.setdefault(session[0].visitor_id, []).extend(session)
    for session in history.test:
        before = past.setdefault(session[0].visitor_id, [])
        for event in session:
            if before and before[-1].session_id == event.session_id and before[-1].product_id != event.product_id:
                yield before[-RECENT_EVENTS:], event
            before.append(event)


def _in_chunks(steps: Iterator[tuple[Session, ProductEvent]]) -> Iterator[list[tuple[Session, ProductEvent]]]:
    for _ in range(0, MAX_STEPS, STEPS_AT_ONCE):
        if not (chunk := list(islice(steps, STEPS_AT_ONCE))):
            return
        yield chunk


def _on_product_page(shop: ShopCounts, product: str) -> list[str]:
    """What serving.recommend shows on a product's page: similar products and accessories in turns."""
    [similar] = shop.similar_to([product], LIST_LENGTH)
    both = [[other for other, _ in similar], [accessory.product_id for accessory in accessories_of(product, shop)]]
    mixed = [near[place] for place in range(LIST_LENGTH) for near in both if place < len(near)]
    return [other for other in dict.fromkeys(mixed) if shop.is_sold(other)][:LIST_LENGTH]
