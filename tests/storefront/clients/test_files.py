"""What is loaded by other sites' pages: small, and without anything of its own to load."""

from __future__ import annotations

import gzip
import re

import pytest

from comptoir.repository import REPOSITORY
from storefront.shop_pages import CLIENTS

COMPONENTS = ("recommendations.js", "search_box.js")


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_is_one_file_below_six_kilobytes(name: str) -> None:
    source = (CLIENTS / name).read_bytes()
    assert len(gzip.compress(source, 9, mtime=0)) <= 6 * 1024
    assert not re.search(rb"^import |import\(", source, re.MULTILINE)


def test_nothing_is_kept_by_the_components_or_the_search_client() -> None:
    for file in [CLIENTS / name for name in COMPONENTS] + list((CLIENTS / "instantsearch").glob("*.js")):
        assert not re.search(r"localStorage|sessionStorage|document\.cookie", file.read_text()), file


def test_the_lock_of_the_packages_names_no_address() -> None:
    assert not re.search(r'https?://|"resolved"|"funding"', (REPOSITORY / "package-lock.json").read_text())
