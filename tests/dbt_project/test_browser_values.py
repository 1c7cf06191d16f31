"""Macros that read a host or a number that a browser sent: of plain values by a shorter way, to the same end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from msgspec import Raw, json

from tests.support.warehouse_fixtures import built_small_shop, compiled_query

pytestmark = pytest.mark.services

HOSTS = {
    "https://shop.example/c/1": "shop.example",
    "https://WWW.Shop.Example": "shop.example",
    "https://www2.shop.example?q=https://other.example/": "shop.example",
    "https://wwwshop.example/www.": "wwwshop.example",
    "https://shop.example.../": "shop.example",
    "https://www.": None,
    "https://.../": None,
    "https:///c/1": None,
    "https://shop.example:8443/c": "shop.example",
    "https://shop.example#top": "shop.example",
    "https://shop example/": "shop",
    "https://shop.example\t/": "shop.example",
    "https://caf\u00e9.example/": "caf\u00e9.example",
    "https://caf\u2003e.example/": "caf",
    "  https://shop.example/": "shop.example",
    "HTTPS://SHOP.EXAMPLE/": "shop.example",
    "http://shop.example/": "shop.example",
    "android-app://com.google.android.gm/": "com.google.android.gm",
    "httpsx/a/shop.example": None,
    "//shop.example/": None,
    "shop.example": None,
    "": None,
}
NUMBERS = {
    "12.50": "12.50",
    "0": "0",
    "-0": "0",
    "-1": None,
    "1e3": "1000",
    "1e9": "1000000000",
    "1000000000.01": None,
    "1e400": None,
    "1e-255": "0." + "0" * 254 + "1",
    "1e-256": None,
    '"12.50"': "12.50",
    '"007"': "7",
    '"12,99"': None,
    '" 12"': None,
    '"1e3"': None,
    '"NaN"': None,
    '"Infinity"': None,
    '"-1"': None,
    '"1234567890123456"': None,
    '""': None,
    "true": None,
    "null": None,
    "[1]": None,
    '{"value": 1}': None,
}
QUERY = """
    select
        {{ host_of("given.document ->> 'url'") }} as host,
        ({{ number_or_null("given.document", "number") }})::text as number
    from jsonb_array_elements(current_setting('tests.given')::jsonb) with ordinality as given (document, place)
    order by given.place
"""


def test_hosts_and_numbers(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    url = built_small_shop(make_database, tmp_path_factory)
    compiled = compiled_query(url, tmp_path, QUERY)
    urls = [{"url": address} for address in HOSTS]
    numbers = [{"number": Raw(number.encode())} for number in NUMBERS]
    with psycopg.connect(url) as connection:
        connection.execute("select set_config('tests.given', %s, true)", [json.encode([*urls, *numbers]).decode()])
        found = connection.execute(compiled).fetchall()
        connection.rollback()
    assert dict(zip(HOSTS, [host for host, _ in found], strict=False)) == HOSTS
    assert dict(zip(NUMBERS, [number for _, number in found[len(HOSTS) :]], strict=True)) == NUMBERS
