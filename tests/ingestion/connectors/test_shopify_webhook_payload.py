"""The bodies of webhooks about goods: each is taken as its own topic alone, and what no card shows is not kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingestion.connectors.shopify.webhook_payload import WHOLE_LIST, read_goods
from privacy.webhook_payload import WebhookPayloadError
from tests.support.goods_webhooks import LEVEL, PRODUCT


def body(payload: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps(payload | changes).encode()


def test_of_a_product_its_card_is_kept_by_the_names_of_raw() -> None:
    change = read_goods("products/update", body(PRODUCT, body_html="<b>x</b>", image={"src": "https://a.test/1.jpg"}))
    assert (change.kind, change.key, change.changed_at.isoformat()) == ("product", "7", "2026-11-29T10:00:00+01:00")
    assert change.payload.keys() == {
        "id", "title", "status", "published_at", "created_at", "updated_at", "variants", "vendor", "product_type",
        "tags", "image", "featured_image", "has_all_variants",
    }  # fmt: skip
    assert change.payload["featured_image"] == {"url": "https://a.test/1.jpg"}
    assert change.payload["has_all_variants"] is True


def test_a_list_that_may_be_cut_is_not_taken_for_all_variants() -> None:
    change = read_goods("products/update", body(PRODUCT, variants=PRODUCT["variants"] * WHOLE_LIST))
    assert change.payload["has_all_variants"] is False


def test_a_deletion_is_nothing_but_a_number_and_so_no_other_body_passes_for_one() -> None:
    assert read_goods("products/delete", b'{"id": 7}').key == "7"
    with pytest.raises(WebhookPayloadError, match="not that of products/delete"):
        read_goods("products/delete", body(PRODUCT))


@pytest.mark.parametrize(
    ("topic", "sent", "said"),
    [
        ("inventory_levels/update", body(PRODUCT), "not that of inventory_levels/update"),
        ("products/update", body(LEVEL), "not that of products/update"),
        (
            "products/update",
            body(PRODUCT, variants=[PRODUCT["variants"][0] | {"price": "cheap"}]),
            "price of variant 71",
        ),
        ("products/update", body(PRODUCT)[:-9], "cannot be read"),
        ("products/update", b"\xff", "cannot be read"),
        ("inventory_levels/update", body(LEVEL, inventory_item_id=2**70), "not that of"),
    ],
)
def test_another_body_is_refused(topic: str, sent: bytes, said: str) -> None:
    with pytest.raises(WebhookPayloadError, match=said):
        read_goods(topic, sent)
