"""Campaigns and click ids as they stand in the addresses of pages."""

from __future__ import annotations

from typing import Any

import pytest

from collector.arrival import arrival_of

SHOP = "https://shop.example/p?"


@pytest.mark.parametrize(
    ("pages", "campaign", "click_ids"),
    [
        ([{"url": SHOP + "utm_source=weekly&utm_medium=email"}], {"source": "weekly", "medium": "email"}, []),
        ([{"url": SHOP + "UTM_Source=%20News+&amp;utm_campaign=a%26b"}], {"source": "News", "name": "a&b"}, []),
        ([{"url": SHOP + "gclid=x&FBCLID=y&gclid=z"}], {}, ["gclid", "fbclid"]),
        ([{"url": SHOP + "gclid=&utm_source="}], {}, []),
        ([{"url": "https://shop.example/", "search": "?msclkid=x"}], {}, ["msclkid"]),
        ([{"url": "https://shop.example/"}, {"url": SHOP + "utm_term=tv"}], {"term": "tv"}, []),
        ([None, [], {"url": 3, "search": None}], {}, []),
        ([{"url": "http://[broken?gclid=x"}], {}, []),
        ([{"url": SHOP + "&".join(f"a{n}=1" for n in range(500)) + "&gclid=x"}], {}, []),
        ([{"url": SHOP + "gclid=" + "x" * 5_000}], {}, ["gclid"]),
    ],
)
def test_campaign_and_click_ids(pages: list[Any], campaign: dict[str, str], click_ids: list[str]) -> None:
    assert arrival_of(*pages) == (campaign, click_ids)
