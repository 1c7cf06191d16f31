"""Files of your own become a shop: found by content, the same id is the same product, one message per row."""

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
        "README.md": "it ends in none of .jsonl, .ndjson, .json, .csv, .tsv, .txt",
        "ratings.csv": "for a clickstream it lacks event_time, event_type, product_id, user_session",
    }


def test_folder_without_data_is_named_with_what_it_should_hold(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text("[1, 2]\n")
    with pytest.raises(ValueError, match=r"contains no catalogue .*no clickstream .*bring-your-data"):
        Dataset(tmp_path, 7, END)
    with pytest.raises(ValueError, match="is not a folder"):
        Dataset(tmp_path / "nowhere", 7, END)


def test_the_same_id_in_one_folder_is_the_same_product(folder: Path) -> None:
    dataset = Dataset(folder, 7, END)
    products = {p.product_id: p for p in dataset.products}
    assert len(products) == 5 and 2_000_000_000_055 not in products
    assert products[1_000_000_000_055].title == "Acme memory module 16 GB"
    assert products[2_000_000_000_056].title == "Product 56"
    assert [m["properties"]["product_id"] for m in dataset if m["event"] == "Product Viewed"][1] == "1000000000055"
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


MINIMAL = "event_time,event_type,product_id,user_session\n2021-01-01 10:00:00,view,55,s1\n"


def test_the_documented_minimum_is_a_shop(tmp_path: Path) -> None:
    (tmp_path / "clicks.csv").write_text(MINIMAL)
    dataset = Dataset(tmp_path, 7, END)
    assert [p.price for p in dataset.products] == [Decimal("19.90")]
    assert [message["event"] for message in dataset] == ["Product Viewed"]


ROW = {"event_time": "2021-01-01", "event_type": "view", "product_id": 55, "user_session": 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("semicolons.csv", "EVENT_TIME; Event_Type ;PRODUCT_ID;User Session;price\n2021-01-01;VIEW;55;s1;1.299,00\n"),
        ("spaces.csv", "event_time, event_type, product_id, user_session, price\n2021-01-01, view, 55, s1, 1299\n"),
        ("tabs.tsv", "\t".join([*ROW, "price"]) + "\n2021-01-01\tview\t55\ts1\t1299.00\n"),
        ("list.json", json.dumps([ROW | {"price": 1299}])),
        ("lines.json", "\n" + json.dumps(ROW | {"price": "EUR 1,299"}) + "\n"),
        ("mark.csv", "\ufeff" + ",".join([*ROW, "price"]) + "\n2021-01-01,view,55,s1,1299\n"),
    ],
)
def test_what_is_plainly_meant_is_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    dataset = Dataset(tmp_path, 7, END)
    assert [p.price for p in dataset.products] == [Decimal("1299.00")], dataset.notes
    assert len(list(dataset)) == 1


def test_a_folder_with_nothing_to_read_says_why_for_each_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1,tv\n")
    (tmp_path / "b.jsonl").write_text("[1, 2]\n")
    (tmp_path / "c.csv").write_text("")
    (tmp_path / "d.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(ValueError, match="no catalogue") as error:
        find_data_files(tmp_path)
    reasons = dict(line.rsplit("/", 1)[-1].split(": ", 1) for line in str(error.value).splitlines()[1:])
    assert reasons["a.csv"] == "for a catalogue it lacks price, title."
    assert reasons["b.jsonl"] == "not a JSON object." and reasons["c.csv"] == "it is empty."
    assert reasons["d.jsonl.gz"].startswith("it cannot be read: Not a gzipped file")


def test_a_line_that_cannot_be_read_does_not_end_the_load(tmp_path: Path) -> None:
    long = "x" * 200_000
    (tmp_path / "clicks.csv").write_text(MINIMAL + f"2021-01-01 10:00:01,view,{long},s1\n2021-01-01 10:00:02,view\n")
    dataset = Dataset(tmp_path, 7, END)
    assert len(list(dataset)) == 2
    assert "clicks.csv line 4 left out: no product_id" in dataset.notes


ORDER_FIELDS = (
    "order_id;ordered_at;customer_id;customer_email;country;currency;exchange_rate;"
    "product_id;quantity;price;discount;tax;shipping;discount_code"
)
ORDERS = f"""{ORDER_FIELDS}
1001;2021-01-02 10:00;7;ada@example.org;DE;USD;1,25;55;2;100,00;10,00;36,10;5,00;SPRING
1001;2021-01-02 10:00;7;ada@example.org;DE;USD;1,25;new-1;1;20,00;;3,80;5,00;SPRING
1002;2021-01-04 12:00;;;FR;;;55;1;80,00;;16,00;;
1003;2021-01-04 12:00;;;FR;;;55;none;80,00;;16,00;;
"""


def test_an_orders_file_brings_customers_lines_and_amounts(folder: Path) -> None:
    (folder / "orders.csv").write_text(ORDERS)
    dataset = Dataset(folder, 7, END)
    messages = list(dataset)
    first, second = dataset.orders
    assert (first.currency, first.exchange_rate, first.shipping, first.discount_code) == (
        "USD", Decimal("1.25"), Decimal("5.00"), "SPRING",
    )  # fmt: skip
    assert [(line.product_id, line.quantity, line.unit_price, line.discount, line.tax) for line in first.lines] == [
        (1_000_000_000_055, 2, Decimal("100.00"), Decimal("10.00"), Decimal("36.10")),
        (product_id("catalogue", "new-1"), 1, Decimal("20.00"), Decimal("0.00"), Decimal("3.80")),
    ]
    assert first.lines[0].title == "Acme memory module 16 GB"
    (customer,) = dataset.customers
    assert (customer.customer_id, customer.email, customer.country_code) == (
        first.customer_id, "ada@example.org", "DE",
    )  # fmt: skip
    assert second.customer_id is None and second.created_at == END and second.currency == "EUR"
    completed = [m for m in messages if m["event"] == "Order Completed"]
    assert [m["properties"]["order_id"] for m in completed] == [str(first.order_id), str(second.order_id)]
    assert [m["originalTimestamp"] for m in messages] == sorted(m["originalTimestamp"] for m in messages)
    assert "1 purchases of the clickstream left out: the orders file has the orders" in dataset.notes
    assert "orders.csv line 5 left out: quantity 'none' is no number of units" in dataset.notes
