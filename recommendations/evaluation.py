"""How good the recommendations would have been lately: the shop's own history, cut in two by time.

Sessions that ended before the cut are counted as the stream counts; then every step of the later ones asks the real
scores for a list and looks where the next product stands in it. Protocol: Ludewig & Jannach, "Evaluation of
Session-based Recommendation Algorithms" (2018), with what the visitor did before as history. Nothing is written.
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
from recommendations.catalogue import Description
from recommendations.model import Model
from recommendations.scoring import LIST_LENGTH, for_visitors
from recommendations.session_counts import IN_ORDER, ProductEvent, product_counts, session_pairs
from recommendations.shop_counts import ShopCounts
from recommendations.visits import RECENT_EVENTS

TEST_DAYS = 7
MAX_STEPS = 20_000  # of the test part, the first
STEPS_AT_ONCE = 1_000
SLOTS = ("home", "product", "cart")
NEVER_SEEN = 1e-6  # share of all events of a product that has none

Session = list[ProductEvent]


@dataclass
class Score:
    """What lists for one slot were worth; figures per step of a test session."""

    ranks: list[int] = field(default_factory=list)  # of what came next in the list, a step each; 0 = not in it
    surprise: float = 0.0  # of the shown products, in bits
    shown: Counter[str] = field(default_factory=Counter)

    def look(self, listed: Sequence[str], wanted: str, share_of: Mapping[str, float]) -> None:
        """Note one list and the product that came next."""
        self.ranks.append(listed.index(wanted) + 1 if wanted in listed else 0)
        self.shown.update(listed)
        self.surprise += sum(-log2(share_of.get(product) or NEVER_SEEN) for product in listed) / max(len(listed), 1)

    @property
    def steps(self) -> int:
        return len(self.ranks)

    @property
    def hits(self) -> list[float]:
        """1 for each step whose next product was in the list."""
        return [float(rank > 0) for rank in self.ranks]

    @property
    def reciprocal_ranks(self) -> list[float]:
        return [1 / rank if rank else 0.0 for rank in self.ranks]

    def metrics(self, products: int) -> dict[str, float]:
        """HR, MRR and nDCG at LIST_LENGTH; coverage of the shop's `products`; novelty in bits a product."""
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
    """Scores of a model per slot, and of the shop-wide trending list that a visitor would get otherwise."""

    model_version: str
    products: int
    train_sessions: int
    test_sessions: int
    by_model: dict[str, Score]
    by_trending: dict[str, Score]

    def metrics(self, slot: str) -> dict[str, float]:
        return self.by_model[slot].metrics(self.products)


@dataclass(frozen=True)
class History:
    """Sessions before and after the cut, each in order, and the product cards."""

    train: list[Session]
    test: list[Session]
    cards: list[Description]


def split_history(events: Iterable[ProductEvent], cards: list[Description], test_days: int = TEST_DAYS) -> History:
    """Sessions of `events`, cut in two `test_days` before the newest event, by when each session ended."""
    sessions: dict[tuple[str, str], Session] = {}
    for event in sorted(events, key=IN_ORDER):
        sessions.setdefault((event.visitor_id, event.session_id), []).append(event)
    ordered = sorted(sessions.values(), key=lambda session: session[-1].occurred_at)
    cut = ordered[-1][-1].occurred_at - timedelta(days=test_days) if ordered else None
    before = [session for session in ordered if cut and session[-1].occurred_at < cut]
    return History(before, ordered[len(before) :], cards)


def evaluate(history: History, model: Model) -> Evaluation:
    """Score every step of the test sessions, at most MAX_STEPS."""
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
                "product": _beside(shop, past[-1].product_id),
            }
            if cart_of(past):
                in_cart = for_cart(
                    past, lambda product: accessories_of(product, shop), shop.is_sold, shop.catalogue.is_bought_again
                )
                lists["cart"] = in_cart.product_ids
            for slot, products in lists.items():
                # what goes into a cart is asked of the cart's list only when something does
                if slot != "cart" or following.kind != "view":
                    scores[slot].look(products, following.product_id, share_of)
                    trending[slot].look(bestsellers, following.product_id, share_of)
    return Evaluation(model.version, len(history.cards), len(history.train), len(history.test), scores, trending)


def _shop_of(history: History, model: Model) -> ShopCounts:
    newest = max((session[-1].occurred_at for session in history.train), default=None)
    first = history.test[0][0].occurred_at if history.test else None
    clock = newest or first
    if clock is None:
        raise ValueError("There is no history to evaluate on: the stream has counted no event yet.")
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
    """(what the visitor did until then, what came next), next being another product than the one on screen."""
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


def _beside(shop: ShopCounts, product: str) -> list[str]:
    """What serving.recommend shows beside a product: rivals and accessories in turns."""
    both = [[row[0] for row in near] for near in (shop.similar_to(product), accessories_of(product, shop))]
    mixed = [near[place] for place in range(LIST_LENGTH) for near in both if place < len(near)]
    return [other for other in dict.fromkeys(mixed) if shop.is_sold(other)][:LIST_LENGTH]
