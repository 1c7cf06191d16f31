"""After the first daily run: who reads and owns what, and raw and marts are the shop."""

from __future__ import annotations

import os

import psutil
import pytest

from comptoir.logins import LOGINS, SECRETS
from comptoir.setting_mistakes import plain, variable
from comptoir.setting_secrets import GENERATED
from comptoir.settings import Settings
from local.supervision import Supervisor
from tests.support.whole_platform import (
    ledger_of,
    mart,
    rows,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(1500)]


def test_each_process_is_given_its_own_secrets_and_no_others(settings: Settings) -> None:
    """That each works with them is what the other tests show. Its children inherit what it has."""
    passwords = {variable(name): plain(getattr(settings, name)) for name in GENERATED}
    states = Supervisor(settings.data_dir).states()
    running = {name: state["pid"] for name, state in states.items() if state["pid"]}
    assert running.keys() >= SECRETS.keys() - {"visitors", "dagster-readers"}  # not started here
    for name, pid in running.items():
        environment = psutil.Process(pid).environ()
        held = {key for key, password in passwords.items() if password in "\n".join(environment.values())}
        assert held == {variable(each) for each in SECRETS.get(name, ()) if each in GENERATED}, name  # type: ignore[call-overload]


def test_nobody_else_reads_the_data_folder(settings: Settings) -> None:
    """What is directly in it is closed, and so is all below."""
    # when root starts it, Postgres runs as another user, who must pass
    others = 0o066 if os.geteuid() == 0 else 0o077
    assert not settings.data_dir.stat().st_mode & others
    found = list(settings.data_dir.iterdir())
    assert len(found) > 8 and [each for each in found if each.stat().st_mode & 0o077] == []


def test_no_process_works_as_the_owner_of_the_database(settings: Settings) -> None:
    found = rows(
        settings,
        """
        select distinct usename from pg_stat_activity
        where
            backend_type = 'client backend' and pid <> pg_backend_pid()
            and usename is not null -- a connection that is being made has no login yet
        """,
    )
    logins = {login for (login,) in found}
    assert {"stream", "storefront"} <= logins <= set(LOGINS)


def test_net_sales_equal_the_shops_ledger(settings: Settings) -> None:
    ledger = ledger_of(settings)
    assert len(ledger) > 40 and len({currency for _, currency in ledger}) >= 2
    assert sum(amounts[2] for amounts in ledger.values()) > 0, "the history holds no return"
    assert mart(settings) == ledger


def test_every_acknowledged_event_is_in_raw_once(settings: Settings) -> None:
    duplicates = rows(settings, "select event_id from raw_clickstream.events group by 1 having count(*) > 1")
    assert duplicates == []
    # invariant I2: per partition every offset up to the lander's ends in exactly one of the three tables
    gaps = rows(
        settings,
        """
        with landed as (
            select kafka_topic as topic, kafka_partition as partition, kafka_offset as "offset"
            from raw_clickstream.events
            union all select topic, partition, "offset" from raw_clickstream.bad_events
            union all select topic, partition, "offset" from raw_clickstream.duplicate_events
        )
        select offsets.topic, offsets.partition, offsets.next_offset, count(landed.*), count(distinct landed."offset")
        from raw_clickstream.kafka_offsets as offsets left join landed using (topic, partition)
        group by 1, 2, 3
        having count(landed.*) <> offsets.next_offset or count(distinct landed."offset") <> offsets.next_offset
        """,
    )
    assert gaps == []
