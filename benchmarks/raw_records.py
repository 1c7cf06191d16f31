"""Made-up records in the form of Airbyte's Shopify connector: shapes and sizes of products and of orders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingestion.airbyte.protocol import Stream

MONEY = {
    "shop_money": {"amount": "1299.95", "currency_code": "EUR"},
    "presentment_money": {"amount": "1403.95", "currency_code": "USD"},
}
LINE = {
    "id": 13_000_000_000_001, "product_id": 8_000_000_000_001, "title": "A laptop with a light case", "quantity": 2,
    "price": "1299.95", "price_set": MONEY, "tax_lines": [{"rate": 0.2, "price": "259.99", "price_set": MONEY}],
    "discount_allocations": [],
}  # fmt: skip
ADDRESS = {"first_name": "Chloé", "address1": "3 rue des Lilas", "city": "Lyon", "zip": "69003", "country_code": "FR"}
IMAGE = {"id": 1, "src": "https://images.example/1.jpg", "width": 800}


@dataclass(frozen=True)
class Shape:
    """The records of a stream: number of properties of each kind, and the value of its objects and arrays."""

    name: str
    kinds: dict[str, int]
    document: Any
    items: list[Any]

    def stream(self) -> Stream:
        """The stream as a connector would offer it."""
        properties: dict[str, dict[str, str]] = {"id": {"type": "integer"}}
        properties["updated_at"] = {"type": "string", "format": "date-time"}
        for kind, count in self.kinds.items():
            schema = {"type": "string"} if kind in ("text", "date-time") else {"type": kind}
            schema |= {"format": kind} if kind == "date-time" else {}
            properties |= {f"{kind.replace('-', '_')}_{number}": schema for number in range(count)}
        return Stream(self.name, {"properties": properties}, ["incremental"], ["updated_at"], [["id"]])

    def lines(self, count: int) -> Iterator[bytes]:
        """`count` RECORD messages, one per line; only the ids differ."""
        values = {
            "integer": 8_001_234,
            "number": 1299.95,
            "boolean": True,
            "object": self.document,
            "array": self.items,
        }
        record: dict[str, Any] = {"id": "%d"}
        for name, schema in self.stream().json_schema["properties"].items():
            if schema.get("format"):
                record[name] = "2026-01-02T03:04:05+01:00"
            elif name != "id":
                record[name] = values.get(schema["type"], 'A laptop "light" with a case, é')
        message = {"stream": self.name, "emitted_at": 1_700_000_000_000, "data": record}
        before, after = json.dumps({"type": "RECORD", "record": message}).split('"%d"')
        for number in range(count):
            yield f"{before}{number}{after}".encode()


PRODUCTS = Shape(
    "products",
    {"text": 12, "integer": 4, "number": 4, "boolean": 4, "date-time": 4, "object": 3, "array": 3},
    {"amount": "12.50", "currency_code": "EUR", "nested": {"a": [1, 2, 3]}},
    [IMAGE] * 3,
)
ORDERS = Shape(
    "orders",
    {"text": 24, "integer": 6, "number": 8, "boolean": 6, "date-time": 4, "object": 10, "array": 4},
    {**MONEY, "address": ADDRESS},
    [LINE] * 2,
)
