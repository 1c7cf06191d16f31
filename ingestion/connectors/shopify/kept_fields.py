"""What is kept of Shopify's streams that speak of persons: no name, mail, phone, street, address of a browser or note.

Of streams that are not named here (products, stock, discounts) every property is kept: they speak of goods.
"""

from __future__ import annotations

from ingestion.projection import Kept, kept

COUNTRY = kept("country_code")
CUSTOMER = kept("id")
TIMES = "created_at updated_at"
# a deleted row arrives as its id and these
DELETION = "deleted_at deleted_message deleted_description"

# no `properties` (what a customer typed, such as an engraving), no places it was sent from or to
LINE = kept(
    "id product_id variant_id sku title vendor quantity gift_card tip price price_set discount_allocations tax_lines"
)
# no note, no member of staff, no payments
REFUND = kept(
    "id order_id created_at processed_at order_adjustments refund_shipping_lines total_duties_set"
    " total_additional_fees_set",
    refund_line_items=kept("id line_item_id quantity restock_type subtotal_set total_tax_set"),
)

PERSONS = {"customers": ("id",), "orders": ("customer", "id"), "abandoned_checkouts": ("customer", "id")}
KEPT: dict[str, Kept] = {
    "customers": kept(
        f"id orders_count {TIMES} {DELETION}",
        default_address=COUNTRY,
        email_marketing_consent=kept("state"),
    ),
    "orders": kept(
        "id name currency presentment_currency financial_status fulfillment_status cancel_reason source_name test"
        " taxes_included discount_codes discount_applications total_price total_price_set total_discounts_set"
        " total_tax_set total_shipping_price_set total_tip_received original_total_duties_set"
        f" original_total_additional_fees_set processed_at cancelled_at {TIMES} {DELETION}",
        customer=CUSTOMER,
        shipping_address=COUNTRY,
        billing_address=COUNTRY,
        line_items=LINE,
        shipping_lines=kept("id price price_set discount_allocations tax_lines"),
        refunds=REFUND,
    ),
    "abandoned_checkouts": kept(
        "id currency presentment_currency source_name total_discounts total_tax total_price completed_at"
        f" {TIMES} {DELETION}",
        customer=CUSTOMER,
        shipping_address=COUNTRY,
        billing_address=COUNTRY,
        line_items=kept("quantity"),
    ),
    # no card number, no receipt of the payment service
    "transactions": kept(
        f"id order_id parent_id kind status gateway amount amount_set currency test processed_at {TIMES}"
    ),
    # no list of the customers who may use it
    "price_rules": kept(
        "id value_type value target_type target_selection allocation_method title usage_limit once_per_customer"
        f" starts_at ends_at {TIMES} {DELETION}"
    ),
}
