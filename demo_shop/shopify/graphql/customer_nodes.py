"""Customers, and the shop itself, as GraphQL nodes."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from demo_shop.shopify.countries import country_name
from demo_shop.shopify.graphql.connections import Node
from demo_shop.shopify.graphql.context import RequestContext, utc_time
from demo_shop.shopify.identifiers import gid
from demo_shop.store.model import Customer


def customer_node(customer: Customer, context: RequestContext) -> Node:
    """A Customer with their only address."""
    address = address_node(customer, customer.country_code)
    return {
        "__typename": "Customer",
        "id": gid("Customer", customer.customer_id),
        "legacyResourceId": str(customer.customer_id),
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "displayName": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "locale": "en",
        "state": "ENABLED",
        "tags": [],
        "note": None,
        "taxExempt": False,
        "taxExemptions": [],
        "verifiedEmail": True,
        "canDelete": False,
        "dataSaleOptOut": False,
        "lifetimeDuration": "",
        "productSubscriberStatus": "NEVER_SUBSCRIBED",
        "defaultAddress": address,
        "addresses": lambda _info, first=None: [address],
        "createdAt": utc_time(customer.created_at),
        "updatedAt": utc_time(customer.updated_at),
        "metafield": lambda _info, **_: None,
    }


def address_node(customer: Customer | None, country_code: str) -> Node:
    """The customer's only MailingAddress; of a guest (None) only the country is known."""
    where = {
        "__typename": "MailingAddress",
        "id": gid("MailingAddress", customer.customer_id if customer else 0),
        "country": country_name(country_code),
        "countryCode": country_code,
        "countryCodeV2": country_code,
        "coordinatesValidated": False,
        "formatted": lambda _info, **_: [country_name(country_code)],
    }
    if customer is None:
        return where
    town = f"{customer.postal_code} {customer.city}"
    return {
        **where,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "name": customer.name,
        "address1": customer.address,
        "city": customer.city,
        "zip": customer.postal_code,
        "phone": customer.phone,
        "formatted": lambda _info, **_: [customer.name, customer.address, town, country_name(country_code)],
    }


def shop_node(context: RequestContext) -> Node:
    """The Shop."""
    shop = context.shop
    offset = datetime.now(ZoneInfo(shop.timezone)).strftime("%z")
    return {
        "__typename": "Shop",
        "id": gid("Shop", shop.shop_id),
        "name": shop.handle,
        "email": shop.email,
        "contactEmail": shop.email,
        "shopOwnerName": shop.owner,
        "myshopifyDomain": shop.domain,
        "url": f"https://{shop.domain}",
        "primaryDomain": {"id": gid("Domain", shop.shop_id), "host": shop.domain, "url": f"https://{shop.domain}"},
        "currencyCode": shop.currency,
        "enabledPresentmentCurrencies": list(context.pricing.exchange_rates),
        "ianaTimezone": shop.timezone,
        "timezoneOffset": offset,
        "taxesIncluded": False,
        "taxShipping": False,
        "setupRequired": False,
        "checkoutApiSupported": True,
        "weightUnit": "KILOGRAMS",
        "unitSystem": "METRIC_SYSTEM",
        "plan": {"publicDisplayName": "Development", "partnerDevelopment": True, "shopifyPlus": False},
        "features": {"marketDrivenShipping": False, "storefront": True, "giftCards": False, "reports": True},
        "createdAt": utc_time(shop.created_at),
        "updatedAt": utc_time(shop.created_at),
        "metafield": lambda _info, **_: None,
    }
