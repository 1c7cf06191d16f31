"""The list of a visitor in plain, slow Python: the reference for the compiled code of the scores."""

from __future__ import annotations

from math import exp, isnan, log, sqrt

from recommendations.catalogue import UNKNOWN
from recommendations.features import FEATURES
from recommendations.scoring import NEAR_LENGTH, nearest
from recommendations.session_counts import ProductEvent
from recommendations.shop_counts import ShopCounts
from recommendations.visits import Visit, visit_of


def plain_list(events: list[ProductEvent], shop: ShopCounts) -> list[tuple[str, float]]:
    """The visitor's list as (product, score), best first."""
    visit = visit_of(events)
    near = neighbours(visit, shop)
    found = {product: plain_features(product, visit, shop, near) for product in _candidates(visit, shop)}
    now = shop.catalogue.number(visit.latest[0].product_id)
    depth = min(log(visit.depth) - 1, 2.5)
    known = min(log(1 + _number(shop.catalogue.popular, now)) - 1.5, 3.0)
    utility = {}
    for product, x in found.items():
        terms = [
            x[name] * (base + by_depth * depth + by_known * known + again * x["seen"])
            for name, (base, by_depth, by_known, again) in zip(FEATURES, shop.model.weights.tolist(), strict=True)
        ]
        utility[product] = round(sum(terms), 9)
    total = sum(map(exp, utility.values()))
    ranked = sorted(utility, key=lambda product: (-utility[product], product))
    likely = [product for product in ranked if utility[product] >= utility[ranked[min(40, len(ranked)) - 1]]]
    chosen, spare, of_brand = [], [], dict[int, int]()
    for product in likely:
        brand = UNKNOWN if found[product]["seen"] else int(shop.catalogue.brand[shop.catalogue.number(product)])
        of_brand[brand] = of_brand.get(brand, 0) + 1
        (spare if brand != UNKNOWN and of_brand[brand] > 10 else chosen).append(product)
    return [(product, exp(utility[product]) / total) for product in (chosen[:20] + spare)[:20]]


def neighbours(visit: Visit, shop: ShopCounts) -> dict[str, dict[str, float]]:
    """Pair weights of the nearest products, of each product in the visit."""
    return {event.product_id: _near(event.product_id, shop) for event in visit.latest}


def plain_features(product: str, visit: Visit, shop: ShopCounts, near: dict[str, dict[str, float]]) -> dict[str, float]:
    """The features of a product by name, as documented in features.Feature; `near`: the visit's `neighbours`."""
    catalogue = shop.catalogue
    number, latest = catalogue.number(product), [event.product_id for event in visit.latest]
    said = [near[seen].get(product, 0.0) / shop.pair_scale() for seen in latest]
    last, before = said[0], said[1] if len(said) > 1 else 0.0
    earlier = sum(strength * weight for strength, weight in zip(said[2:], visit.weights[2:], strict=True))
    seen = [catalogue.number(other) for other in latest]
    category, brand = catalogue.category[number], catalogue.brand[number]
    same = category == catalogue.category[seen[0]]
    alike = [catalogue.log_price[n] for n in seen[:6] if catalogue.category[n] == catalogue.category[seen[0]]]
    x = {
        "pair_last": log(0.02 + last),
        "pair_before": log(0.02 + before),
        "pair_earlier": log(0.02 + earlier),
        "pair_any": log(0.02 + last + 0.6 * before + 0.5 * earlier),
        "pair_count": min(last, 3),
        "pair_seen": last > 0,
        "pair_twice": [last > 0, before > 0, earlier > 0].count(True) >= 2,
        "popular": log(1 + _number(catalogue.popular, number)),
        "popular_lately": log(0.1 + _number(catalogue.popular_lately, number)),
        "category_same": same,
        "category_share": _share([catalogue.category[n] == category for n in seen], visit.weights),
        "brand_same": brand != UNKNOWN and brand == catalogue.brand[seen[0]],
        "brand_share": brand != UNKNOWN and _share([catalogue.brand[n] == brand for n in seen], visit.weights),
    }
    for name, other in (("", catalogue.log_price[seen[0]]), ("_visit", sum(alike) / len(alike))):
        ratio = catalogue.log_price[number] - other
        gap = 0.3 if isnan(ratio) else min(abs(ratio), 2)
        x[f"price_gap{name}"] = gap * same
        x[f"price_gap{name}_root"] = sqrt(gap) * same
        x[f"price_up{name}"] = 0 if isnan(ratio) else max(-1, min(ratio, 1)) * same
    place = latest.index(product) if product in latest else -1
    x |= {
        "seen": place >= 0,
        "seen_before_last": place == 1,
        "seen_place": log(1 + place) if place >= 0 else 0,
        "seen_twice": place >= 0 and visit.times[place] >= 2,
        "seen_in_cart": place >= 0 and visit.strength[place] == 2,
        "seen_by_returner": visit.returns if place >= 0 else 0,
    }
    return {name: float(value) for name, value in x.items()}


def _candidates(visit: Visit, shop: ShopCounts) -> set[str]:
    catalogue, latest = shop.catalogue, [event.product_id for event in visit.latest]
    found = {*latest, *(other for product in latest for other in _near(product, shop))}
    now = latest[0]
    shelf = [p for p in catalogue.products if catalogue.category_of(p) == catalogue.category_of(now)]
    shelf.sort(key=lambda product: (*_price_order(product, shop), product))
    place = sum(_price_order(product, shop) < _price_order(now, shop) for product in shelf)
    start = max(0, min(place - 40, len(shelf) - 80))
    found |= {*shelf[start : start + 80]}
    for category in [*list(dict.fromkeys(map(catalogue.category_of, latest)))[:3], ""]:
        found |= {*shop.trending(category)}
    bought = {product for product in visit.bought if not catalogue.is_bought_again(product)}
    return {product for product in found - bought - {now} if shop.is_sold(product)}


def _price_order(product: str, shop: ShopCounts) -> tuple[bool, float]:
    price = float(shop.catalogue.log_price[shop.catalogue.number(product)])
    return (True, 0.0) if isnan(price) else (False, price)


def _near(product: str, shop: ShopCounts) -> dict[str, float]:
    return dict(nearest(shop.similar.get(product, {}), NEAR_LENGTH, 1e-12 * shop.pair_scale()))


def _share(belongs: list[bool], weights: list[float]) -> float:
    return sum(weight for yes, weight in zip(belongs, weights, strict=True) if yes) / sum(weights)


def _number(of, number: int) -> float:  # type: ignore[no-untyped-def]
    return float(of([number])[0])
