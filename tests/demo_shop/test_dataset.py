"""A catalogue and a clickstream become a shop: found by content, with ids that never meet, one message per row."""

from __future__ import annotations

import gzip
import itertools
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector.enrichment import EnrichedEvent, Sender, enrich_event
from demo_shop.own_data.category_codes import place_of
from demo_shop.own_data.category_rules import tidy_category
from demo_shop.own_data.dataset import Dataset
from demo_shop.own_data.files import find_data_files
from demo_shop.own_data.product_ids import inventory_item_id, product_id, variant_id

END = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_session"
CLICKS = (
    "2021-01-01 10:00:00,view,55,9,computers.components.videocards,acme,481.54,s1",
    "2021-01-01 10:00:30,cart,55,9,computers.components.videocards,acme,481.54,s1",
    "2021-01-01 10:02:00,purchase,55,9,computers.components.videocards,acme,481.54,s1",
    "2021-01-01 09:59:00 UTC,view,56,9,,,12.00,s2",
    "2021-01-03 12:00:00,view,57,9,electronics.video.tv,Zeta,0,s3",
    "2021-01-03 12:00:01,view,58,9,electronics.video.tv,Zeta,300.00,s3",
)


def catalogue_line(**fields: Any) -> str:
    return json.dumps({"id": "55", "title": "Acme memory module 16 GB", "brand": "Acme", "price": 49.95} | fields)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    with gzip.open(tmp_path / "deep" / "er" / "things.jsonl.gz", "wt") as file:
        file.write(catalogue_line(category="Notebooks", attrs={"RAM size": 16.0, "x": "one letter is no key"}) + "\n")
        file.write(catalogue_line(id="sku-ä", title="Acme thing", price=-3, category="Toys", department="Toys") + "\n")
        file.write("{broken\n")
        file.write(catalogue_line(id="77", title=" ") + "\n")
    (tmp_path / "clicks.csv").write_text(
        "\n".join([HEADER, *CLICKS, "soon,view,1,,,,,s4", "2021-01-01,hover,1,,,,,s4"])
    )
    (tmp_path / "ratings.csv").write_text("query,rating\ntv,3\n")
    (tmp_path / "README.md").write_text("# mine")
    return tmp_path


def test_files_are_found_by_what_is_in_them(folder: Path) -> None:
    found = find_data_files(folder)
    assert [path.name for path in found.catalogues] == ["things.jsonl.gz"]
    assert [path.name for path in found.clickstreams] == ["clicks.csv"]
    assert {path.name: reason for path, reason in found.ignored.items()} == {
        "README.md": "neither .jsonl nor .csv",
        "ratings.csv": "no event_time, event_type, product_id, user_session",
    }


def test_folder_without_data_is_named_with_what_it_should_hold(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text("[1, 2]\n")
    with pytest.raises(ValueError, match=r"contains no catalogue .*no clickstream .*bring-your-data"):
        Dataset(tmp_path, 7, END)
    with pytest.raises(ValueError, match="is not a folder"):
        Dataset(tmp_path / "nowhere", 7, END)


def test_products_of_both_origins_are_kept_apart(folder: Path) -> None:
    products = {p.product_id: p for p in Dataset(folder, 7, END).products}
    assert len(products) == 6
    assert products[1_000_000_000_055].title == "Acme memory module 16 GB"
    assert products[2_000_000_000_055].title == "Acme graphics card 55"
    everything = [n for p in products.values() for n in (p.product_id, p.variant_id, p.inventory_item_id)]
    assert len(set(everything)) == len(everything)
    assert all(0 < number < 2**53 for number in everything)


def test_ids_of_any_kind_become_positive_integers_in_ranges_of_their_own() -> None:
    assert product_id("catalogue", "1399") == 1_000_000_001_399
    assert product_id("clickstream", "1399") == 2_000_000_001_399
    odd = ["007", "sku-1", "9" * 13, "-5", "٣", ""]
    assert {product_id("catalogue", text) // 10**12 for text in odd} == {3}
    assert {product_id("clickstream", text) // 10**12 for text in odd} == {4}
    assert len({product_id("catalogue", text) for text in odd}) == len(odd)
    assert variant_id(1) != inventory_item_id(1)


def test_what_the_data_does_not_say_is_seeded(folder: Path) -> None:
    first, second = Dataset(folder, 7, END).products, Dataset(folder, 7, END).products
    assert first == second
    for product in first:
        assert product.unit_cost < product.price
        assert len(product.stock) == 2
        assert product.rating is None or 1 <= product.rating <= 5
        assert product.created_at < END


def test_prices_nobody_would_ask_become_the_categorys_median(folder: Path) -> None:
    dataset = Dataset(folder, 7, END)
    products = {p.product_id: p for p in dataset.products}
    assert products[2_000_000_000_057].price == Decimal("300.00")  # the other television's
    assert all(p.price > 0 for p in products.values())
    assert "2 unbelievable prices were replaced by the median of their category" in dataset.notes


@pytest.mark.parametrize("price", ["on request", None, -25, "1e400"])
def test_a_price_that_cannot_be_read_becomes_the_median_too(tmp_path: Path, price: str | float | None) -> None:
    lines = [catalogue_line(id=str(number), price=10 * number) for number in (1, 2, 3)]
    (tmp_path / "things.jsonl").write_text("\n".join([*lines, catalogue_line(id="4", price=price)]))
    products = {p.product_id: p for p in Dataset(tmp_path, 7, END).products}
    assert products[1_000_000_000_004].price == Decimal("20.00")
    assert all(units >= 0 for units in products[1_000_000_000_004].stock.values())


def test_lines_left_out_are_named_with_the_reason(folder: Path) -> None:
    notes = "\n".join(Dataset(folder, 7, END).notes)
    assert "things.jsonl.gz line 3 left out: JSON is malformed" in notes
    assert "things.jsonl.gz line 4 left out: no title" in notes
    assert "clicks.csv line 8 left out: Invalid isoformat string: 'soon'" in notes
    assert "clicks.csv line 9 left out: unknown event_type 'hover'" in notes


def test_every_row_is_one_message_with_its_own_spacing(folder: Path) -> None:
    messages = list(Dataset(folder, 7, END))
    assert [m["event"] for m in messages] == [
        "Product Viewed",
        "Product Viewed",
        "Product Added",
        "Order Completed",
        "Product Viewed",
        "Product Viewed",
    ]
    times = [datetime.fromisoformat(m["originalTimestamp"]) for m in messages]
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(times)]
    assert gaps == [60, 30, 90, 2 * 86400 + 7080, 1]
    assert times[-1] == END
    assert [m["properties"].get("product_id", "")[-2:] for m in messages] == ["56", "55", "55", "", "57", "58"]


def test_sessions_are_visitors_and_stay_anonymous_until_they_buy(folder: Path) -> None:
    messages = list(Dataset(folder, 7, END))
    visitors = {m["context"]["sessionId"]: m["anonymousId"] for m in messages}
    assert len(set(visitors.values())) == len(visitors) == 3
    assert ["userId" in m for m in messages] == [False, False, False, True, False, False]


def test_purchases_are_orders_of_the_shop(folder: Path) -> None:
    dataset = Dataset(folder, 7, END)
    completed = [m for m in dataset if m["event"] == "Order Completed"]
    (order,) = dataset.orders
    assert completed[0]["properties"]["order_id"] == str(order.order_id)
    assert completed[0]["userId"] == str(order.customer_id)
    assert completed[0]["properties"]["revenue"] == 481.54
    assert (order.lines[0].unit_price, order.currency) == (Decimal("481.54"), "EUR")
    assert order.created_at == END - timedelta(days=2, hours=1, minutes=58, seconds=1)


def test_collector_takes_every_message(folder: Path) -> None:
    sender = Sender(received_at=END, sent_at=END)
    assert all(
        isinstance(enrich_event(msgspec.json.encode(m), sender, "key"), EnrichedEvent) for m in Dataset(folder, 7, END)
    )


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Kingston Canvas memory card 128 GB SD", "Memory cards & USB sticks"),
        ("HP 70 Original Light cyan 2 pc(s)", "Toner & ink"),
        ("Acme 5m Velocity audio cable", "Cables & adapters"),
        ("Acme Headphone extension cable", "Cables & adapters"),
        ("Acme X750 LGA 1156 (Socket H) Micro ATX", "Motherboards"),
        ("Acme Slip Case notebook case 39.6 cm", "Bags & cases"),
        ("Acme 5 notebook Gray 39.6 cm 16 GB", "Notebooks"),
        ("Acme tower of unknown use", "As given"),
    ],
)
def test_titles_that_say_what_a_thing_is_decide_its_category(title: str, category: str) -> None:
    assert tidy_category(title, "As given", "Dept")[0] == category


def test_category_codes_become_readable() -> None:
    assert place_of("computers.components.videocards").category == "Graphics cards"
    assert place_of("appliances.sewing_machine")[:2] == ("Sewing machine", "Home")
    assert place_of("")[:2] == ("Other", "Other")
