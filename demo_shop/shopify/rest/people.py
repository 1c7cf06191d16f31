"""Customers, locations and the shop itself as Shopify's REST Admin API writes them.

Source: Shopify's REST reference, resources Customer, Location and Shop.
"""

from __future__ import annotations

from demo_shop.profile import ShopProfile
from demo_shop.shopify.countries import country_name
from demo_shop.shopify.identifiers import gid
from demo_shop.shopify.rest.values import JsonRecord
from demo_shop.store.model import Customer, Location


def customer_record(customer: Customer, shop: ShopProfile) -> JsonRecord:
    """The Customer resource."""
    where = address(customer, customer.country_code)
    home = {
        "id": customer.customer_id,
        "customer_id": customer.customer_id,
        **where,
        "country_name": where["country"],
        "default": True,
    }
    del home["latitude"], home["longitude"]
    return {
        "id": customer.customer_id,
        "admin_graphql_api_id": gid("Customer", customer.customer_id),
        "email": customer.email,
        "phone": customer.phone,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "created_at": shop.local_time(customer.created_at),
        "updated_at": shop.local_time(customer.updated_at),
        "state": "enabled",
        "verified_email": True,
        "note": None,
        "tags": "",
        "currency": shop.currency,
        "tax_exempt": False,
        "tax_exemptions": [],
        "multipass_identifier": None,
        "email_marketing_consent": {
            "state": "subscribed" if customer.accepts_marketing else "not_subscribed",
            "opt_in_level": "single_opt_in",
            "consent_updated_at": shop.local_time(customer.created_at) if customer.accepts_marketing else None,
        },
        "sms_marketing_consent": None,
        "addresses": [home],
        "default_address": home,
    }


def address(customer: Customer | None, country_code: str) -> JsonRecord:
    """The customer's only address; of a guest (None) only the country is known."""
    return {
        "first_name": None if customer is None else customer.first_name,
        "last_name": None if customer is None else customer.last_name,
        "name": None if customer is None else customer.name,
        "company": None,
        "address1": None if customer is None else customer.address,
        "address2": None,
        "city": None if customer is None else customer.city,
        "zip": None if customer is None else customer.postal_code,
        "province": None,
        "province_code": None,
        "country": country_name(country_code),
        "country_code": country_code,
        "phone": None if customer is None else customer.phone,
        "latitude": None,
        "longitude": None,
    }


def location_record(location: Location, shop: ShopProfile) -> JsonRecord:
    """The Location resource."""
    country = country_name(location.country_code)
    return {
        "id": location.location_id,
        "admin_graphql_api_id": gid("Location", location.location_id),
        "name": location.name,
        "active": True,
        "legacy": False,
        "address1": None,
        "address2": None,
        "city": location.city,
        "zip": None,
        "province": None,
        "province_code": None,
        "localized_province_name": None,
        "country": location.country_code,
        "country_code": location.country_code,
        "country_name": country,
        "localized_country_name": country,
        "phone": None,
        "created_at": shop.local_time(location.created_at),
        "updated_at": shop.local_time(location.created_at),
    }


def shop_record(shop: ShopProfile, currencies: list[str]) -> JsonRecord:
    """The Shop resource; `currencies` are those that customers may pay in."""
    return {
        "id": shop.shop_id,
        "name": shop.handle,
        "shop_owner": shop.owner,
        "email": shop.email,
        "customer_email": shop.email,
        "domain": shop.domain,
        "myshopify_domain": shop.domain,
        "currency": shop.currency,
        "enabled_presentment_currencies": currencies,
        "iana_timezone": shop.timezone,
        "timezone": shop.timezone,
        "country": shop.country_code,
        "country_code": shop.country_code,
        "country_name": country_name(shop.country_code),
        "city": shop.city,
        "address1": shop.address,
        "address2": None,
        "zip": shop.postal_code,
        "phone": None,
        "primary_locale": "en",
        "money_format": "{{amount}}",
        "money_with_currency_format": f"{{{{amount}}}} {shop.currency}",
        "weight_unit": "kg",
        "plan_name": "partner_test",
        "plan_display_name": "Development",
        "taxes_included": False,
        "tax_shipping": False,
        "county_taxes": False,
        "has_storefront": True,
        "has_discounts": True,
        "has_gift_cards": False,
        "setup_required": False,
        "password_enabled": False,
        "multi_location_enabled": True,
        "created_at": shop.local_time(shop.created_at),
        "updated_at": shop.local_time(shop.created_at),
    }
