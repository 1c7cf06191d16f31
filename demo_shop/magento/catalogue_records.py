"""Products, categories, attributes and stock as Magento's REST API writes them.

Description, brand, cost and the like are custom attributes. A brand is written as the id of an option of the attribute
`manufacturer`. Source: Adobe Commerce admin REST reference 2.4: catalogProductRepository, catalogCategoryList,
catalogProductAttributeRepository and inventoryApiSourceItemRepository.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from demo_shop.magento.values import JsonRecord, json_number, stable_number, utc_text
from demo_shop.store.handles import slug
from demo_shop.store.model import Location, Product

ROOT, DEFAULT_CATEGORY = 1, 2  # ids of categories
ENABLED, DISABLED = 1, 2  # status of a product
CATALOGUE_AND_SEARCH = 4  # visibility of a product
DROPDOWNS = ("manufacturer", "colour")
"""Attributes whose values are ids of options; all others are texts."""
ADDED = ("manufacturer", "cost", "ean")
"""Attributes of every product that the shop has added to Magento's own, besides the specifications."""


def product_record(product: Product) -> JsonRecord:
    """catalog-data-product-interface. Prices are in the shop's currency; a reduced price is `special_price`."""
    regular, special = product.price, None
    if product.compare_at_price is not None:
        regular, special = product.compare_at_price, product.price
    custom = {
        "description": f"<p>{product.description}</p>",
        "url_key": product.handle,
        "tax_class_id": "2",
        "manufacturer": option_id("manufacturer", product.vendor),
        "cost": f"{product.unit_cost:.6f}",
        "special_price": f"{special:.6f}" if special is not None else None,
        "ean": product.barcode,
        # in a real Magento this is a path below its media address
        "image": product.image_url,
        **{code_of(key): _value(code_of(key), text) for key, text in product.attributes.items()},
    }
    return {
        "id": product.product_id,
        "sku": product.sku,
        "name": product.title,
        "attribute_set_id": 4,
        "price": json_number(regular),
        "status": ENABLED if product.status == "ACTIVE" else DISABLED,
        "visibility": CATALOGUE_AND_SEARCH,
        "type_id": "simple",
        "created_at": utc_text(product.created_at),
        "updated_at": utc_text(product.updated_at),
        "weight": 1,
        "extension_attributes": {
            "website_ids": [1],
            "category_links": [
                {"position": 0, "category_id": str(category_id)}
                for category_id in (department_id(product.department), category_id(product))
            ],
        },
        "product_links": [],
        "options": [],
        "media_gallery_entries": [],
        "tier_prices": [],
        "custom_attributes": [
            {"attribute_code": code, "value": value} for code, value in custom.items() if value not in (None, "")
        ],
    }


def category_records(products: Iterable[Product], opened: datetime) -> list[JsonRecord]:
    """The category tree: a root, the default category, the departments, and below each the categories of its products.

    `opened` is when all of them were created.
    """
    at = utc_text(opened)

    def record(number: int, parent: int, name: str, path: str, level: int) -> JsonRecord:
        return {
            "id": number,
            "parent_id": parent,
            "name": name,
            "is_active": True,
            "position": level,
            "level": level,
            "children": "",
            "created_at": at,
            "updated_at": at,
            "path": path,
            "available_sort_by": [],
            "include_in_menu": True,
            "custom_attributes": [],
        }

    tree = {
        ROOT: record(ROOT, 0, "Root Catalog", "1", 0),
        DEFAULT_CATEGORY: record(DEFAULT_CATEGORY, ROOT, "Default Category", "1/2", 1),
    }
    for product in products:
        department, leaf = department_id(product.department), category_id(product)
        path = f"1/2/{department}"
        tree.setdefault(department, record(department, DEFAULT_CATEGORY, product.department, path, 2))
        tree.setdefault(leaf, record(leaf, department, product.product_type, f"{path}/{leaf}", 3))
    return list(tree.values())


def attribute_records(products: Iterable[Product]) -> list[JsonRecord]:
    """The attributes that the products have, those of DROPDOWNS with their options."""
    texts: dict[str, set[str]] = {code: set() for code in ("description", *ADDED)}
    for product in products:
        texts["manufacturer"].add(product.vendor)
        for key, text in product.attributes.items():
            texts.setdefault(code_of(key), set()).add(text)
    return [_attribute(number, code, sorted(texts[code])) for number, code in enumerate(sorted(texts), 73)]


def source_items(product: Product, codes: dict[int, str]) -> Iterator[JsonRecord]:
    """The product's stock, a record per location; `codes` are location id -> source code."""
    for location_id, units in product.stock.items():
        yield {
            "sku": product.sku,
            "source_code": codes[location_id],
            "quantity": units,
            "status": 1 if units > 0 else 0,
        }


def source_code(location: Location) -> str:
    """The code by which Magento knows a location."""
    return slug(location.name)


def department_id(department: str) -> int:
    """The id of a department's category."""
    return stable_number(f"category/{department}")


def category_id(product: Product) -> int:
    """The id of the product's category below its department."""
    return stable_number(f"category/{product.department}/{product.product_type}")


def option_id(code: str, text: str) -> str:
    """The id of an attribute's option, which Magento writes as a text."""
    return str(stable_number(f"option/{code}/{text}"))


def code_of(key: str) -> str:
    """The attribute code of a specification."""
    return re.sub(r"[^a-z0-9_]+", "_", key.lower()).strip("_") or "unnamed"


def _value(code: str, text: str) -> str:
    return option_id(code, text) if code in DROPDOWNS else text


def _attribute(number: int, code: str, texts: list[str]) -> JsonRecord:
    has_options = code in DROPDOWNS
    options = [{"label": " ", "value": ""}, *({"label": text, "value": option_id(code, text)} for text in texts)]
    return {
        "attribute_id": number,
        "attribute_code": code,
        "frontend_input": "select" if has_options else "textarea" if code == "description" else "text",
        "entity_type_id": "4",
        "is_required": False,
        "options": options if has_options else [],
        "is_user_defined": code != "description",
        "is_visible": True,
        "default_frontend_label": code.replace("_", " ").capitalize(),
        "frontend_labels": [],
        "scope": "global",
    }
