"""Customers and the store's configuration as Magento's REST API writes them.

Source: Adobe Commerce admin REST reference 2.4, customerCustomerRepository and storeStoreConfigManager.
"""

from __future__ import annotations

from demo_shop.magento.values import JsonRecord, utc_text
from demo_shop.profile import ShopProfile
from demo_shop.store.model import Customer


def customer_record(customer: Customer) -> JsonRecord:
    """customer-data-customer-interface, with the customer's only address."""
    address_id = customer.customer_id
    return {
        "id": customer.customer_id,
        "group_id": 1,
        "default_billing": str(address_id),
        "default_shipping": str(address_id),
        "created_at": utc_text(customer.created_at),
        "updated_at": utc_text(customer.updated_at),
        "created_in": "Default Store View",
        "email": customer.email,
        "firstname": customer.first_name,
        "lastname": customer.last_name,
        "store_id": 1,
        "website_id": 1,
        "addresses": [
            {
                "id": address_id,
                "customer_id": customer.customer_id,
                "region": {"region_code": "", "region": "", "region_id": 0},
                "region_id": 0,
                "country_id": customer.country_code,
                "street": [customer.address],
                "telephone": customer.phone or "-",
                "postcode": customer.postal_code,
                "city": customer.city,
                "firstname": customer.first_name,
                "lastname": customer.last_name,
                "default_shipping": True,
                "default_billing": True,
            }
        ],
        "disable_auto_group_change": 0,
        "extension_attributes": {"is_subscribed": customer.accepts_marketing},
    }


def store_config(shop: ShopProfile) -> JsonRecord:
    """store-data-store-config-interface."""
    url = f"https://{shop.handle}.example/"
    return {
        "id": 1,
        "code": "default",
        "website_id": 1,
        "locale": "en_US",
        "base_currency_code": shop.currency,
        "default_display_currency_code": shop.currency,
        "timezone": shop.timezone,
        "weight_unit": "kgs",
        **{
            f"{prefix}{name}": url + path
            for prefix in ("", "secure_")
            for name, path in (
                ("base_url", ""),
                ("base_link_url", ""),
                ("base_static_url", "static/"),
                ("base_media_url", "media/"),
            )
        },
    }
