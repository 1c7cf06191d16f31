"""Merchandising rules on a real index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import CheckViolation

from storefront.search.builder import index_products
from storefront.search.reader import SearchIndex
from storefront.search.rules import Rule, read_rules, write_rules
from tests.support.products import SHELF

NOW = datetime.now(UTC)
LAPTOPS = {"1", "2", "3", "4"}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    index_products(SHELF, tmp_path)
    return tmp_path


def found(shop: Path, text: str, *rules: Rule) -> list[str]:
    write_rules(rules, shop)
    return [hit["product_id"] for hit in SearchIndex(shop).search(text).hits]


def test_a_pinned_product_is_first_though_the_words_do_not_find_it(shop: Path) -> None:
    pins = [Rule(1, "pin", "laptop", product_id="7"), Rule(2, "pin", "laptop", product_id="3", position=2)]
    assert found(shop, "Laptop!", *pins)[:2] == ["7", "3"]
    assert "7" not in found(shop, "laptop sleeve", *pins), "exact: no other words"
    assert found(shop, "oled laptop", Rule(1, "pin", "laptop", is_exact=False, product_id="7"))[0] == "7"


def test_products_are_boosted_and_buried(shop: Path) -> None:
    assert found(shop, "laptop", Rule(1, "boost", "laptop", brand="Ekdal", strength=500.0))[0] == "4"
    buried = found(shop, "laptop", Rule(1, "bury", "laptop", brand="Norvane"))
    assert set(buried[-2:]) == {"1", "2"}
    assert set(buried) == LAPTOPS


def test_rules_hold_between_their_dates(shop: Path) -> None:
    day = timedelta(days=1)
    over = Rule(1, "pin", "laptop", product_id="7", starts_at=NOW - 2 * day, ends_at=NOW - day)
    to_come = Rule(2, "pin", "laptop", product_id="7", starts_at=NOW + day)
    assert set(found(shop, "laptop", over, to_come)) == LAPTOPS
    assert (
        found(shop, "laptop", Rule(3, "pin", "laptop", product_id="7", starts_at=NOW - day, ends_at=NOW + day))[0]
        == "7"
    )


def test_redirects_and_banners_are_told(shop: Path) -> None:
    write_rules(
        [Rule(1, "redirect", "opening hours", url="/hours"), Rule(2, "banner", title="Sale", url="/sale")], shop
    )
    index = SearchIndex(shop)
    answer = index.search("Opening  hours")
    assert (answer.redirect, [banner.title for banner in answer.banners]) == ("/hours", ["Sale"])
    assert index.search("laptop").redirect is None


@pytest.mark.services
def test_rules_come_from_the_table_and_it_refuses_what_means_nothing(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("insert into serving.search_rules (action, query, product_id) values ('pin', 'tv', '1')")
        connection.execute(
            "insert into serving.search_rules (action, title, ends_at)"
            " values ('banner', 'over', now() - interval '1 day')"
        )
        (rule,) = read_rules(connection)
        assert (rule.action, rule.query, rule.product_id, rule.position) == ("pin", "tv", "1", 1)
        with pytest.raises(CheckViolation):
            connection.execute("insert into serving.search_rules (action, query) values ('redirect', 'tv')")
