"""Persons are erased while clicks land and dbt builds, and while landing, building and erasing are killed: nothing of
them is left, and the others and the sales stay.

`--erased 50` erases 50 of 200; the suite 4 of 16.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from threading import Event

import psycopg
import pytest

from comptoir.repository import REPOSITORY
from privacy.journal import Journal
from tests.support.landing import land_values, rows
from tests.support.planted import Planted
from tests.support.planted_shop import BUILD, SALES, PlantedShop
from tests.support.warehouse_fixtures import PSEUDONYM_KEY

pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]

SEED = 2026
EVERY_SECONDS = 3.0  # a connection is cut off, as when its process is killed: the lander's twice, then one of dbt's
LANDER, DBT = "application_name like 'lander%'", "usename = 'transformer'"
CUT = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and {}
    order by query_start desc limit 1
"""


class Load:
    """Lands clicks and builds, again and again, and cuts connections off."""

    def __init__(self, shop: PlantedShop, people: list[Planted]) -> None:
        self.shop, self.stop = shop, Event()
        self.landed = self.cut = self.built = self.not_built = 0
        # what comes again: the records of everybody, those who are erased among them
        self._values = [value for person in people for value in person.values()]

    def land(self) -> None:
        """Records that were landed before, by another group and with other ids each time."""
        offset = 100_000
        while not self.stop.is_set():
            marker = f'"messageId":"{offset}-'.encode()
            values = [
                value.replace(b'"messageId":"', marker) for value in random.Random(offset).sample(self._values, 20)
            ]
            try:
                land_values(self.shop.url, values, first_offset=offset, group="load")
            except psycopg.OperationalError:
                continue  # cut off: the next lander lands them
            offset += len(values)
            self.landed += len(values)

    def build(self) -> None:
        """One build after the other."""
        while not self.stop.is_set():
            if self.shop.try_dbt(*BUILD).returncode == 0:
                self.built += 1
            else:
                self.not_built += 1

    def kill(self) -> None:
        """Cut off one connection after the other."""
        for whose in cycle([LANDER, LANDER, DBT]):
            if self.stop.wait(EVERY_SECONDS):
                return
            self.cut += len(rows(self.shop.url, CUT.format(whose)))


def erase(shop: PlantedShop, person: Planted, luck: random.Random) -> Iterator[str]:
    """`comptoir privacy erase`, killed as often as not, until it ends well; what became of each start."""
    environment = {
        **os.environ,
        "COMPTOIR_POSTGRES_URL": shop.url,
        "COMPTOIR_DATA_DIR": str(shop.settings.data_dir),
        "COMPTOIR_PSEUDONYM_KEY": PSEUDONYM_KEY,
    }
    command = [sys.executable, "-m", "cli.app", "privacy", "erase", str(person.customer_id), "--apply"]
    while True:
        process = subprocess.Popen(
            command, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            if luck.random() < 0.5:
                process.wait(luck.uniform(0.8, 3))
            output, _ = process.communicate()
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            yield "killed"
            continue
        if process.returncode == 0:
            yield "erased"
            return
        assert "run it again" in output, output
        yield "again"


def test_nothing_is_left_of_who_was_erased_under_load_and_kills(
    make_database: Callable[[], str],
    tmp_path: Path,
    pytestconfig: pytest.Config,
    record_property: Callable[[str, object], None],
) -> None:
    erased_count = pytestconfig.getoption("--erased")
    people = [Planted(number) for number in range(4 * erased_count)]
    erased, kept = people[:erased_count], people[erased_count:]
    words = [word for person in erased for word in person.identifiers]
    others = [word for person in kept for word in person.identifiers]
    shop = PlantedShop(make_database(), tmp_path, people)
    assert {word for _, word in shop.found(words)} == set(words)
    luck, seconds = random.Random(SEED), list[float]()
    ends: list[str] = []
    load = Load(shop, people)
    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(one) for one in (load.land, load.build, load.kill)]
        try:
            for person in erased:
                begun = time.monotonic()
                ends += erase(shop, person, luck)
                seconds.append(time.monotonic() - begun)
        finally:
            load.stop.set()
        for one in running:
            one.result()
    shop.build()
    assert shop.found(words) == []
    left = [shop.forgetting.left(shop.forgetting.subject(str(person.customer_id))) for person in erased]
    assert not any(left)
    assert {word for _, word in shop.found(others)} == set(others)
    assert rows(shop.url, SALES) == shop.sales
    assert rows(shop.url, "select count(*) from pii.erasures where finished_at is null") == [(0,)]
    finished = [entry for entry in Journal(shop.settings.privacy_journal).entries() if entry.action == "erase finished"]
    assert len(finished) >= erased_count
    assert "again" not in ends  # no build brought anybody back meanwhile
    assert ends.count("erased") == erased_count
    assert load.landed > 100 and load.built + load.not_built
    if erased_count >= 20:  # with a few, a fast machine may be done before the first
        assert ends.count("killed") >= erased_count / 4 and load.cut
    record_property("identifiers", len(words))
    record_property("starts", {end: ends.count(end) for end in sorted(set(ends))})
    record_property("load", {"landed": load.landed, "built": load.built, "not built": load.not_built, "cut": load.cut})
    record_property(
        "seconds an erasure, kills included", {"middle": sorted(seconds)[len(seconds) // 2], "longest": max(seconds)}
    )
    # then everything that could bring them back
    land_values(shop.url, shop.values, first_offset=900_000, group="replayed")
    shop.build("--full-refresh")
    assert shop.forgetting.reapply() == 0
    assert shop.found(words) == []
    assert rows(shop.url, SALES) == shop.sales
