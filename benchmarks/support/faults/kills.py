"""Collector, broker, lander and Postgres under clicks; any of them is killed with kill -9 and started again.

Every event is sent until it is acknowledged. After each kill the clicks pause and the lander catches up. Then what was
acknowledged is compared with what is in raw: the same ids, each once, and no gap in the offsets.
"""

from __future__ import annotations

import random
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
from msgspec import json

from benchmarks.support.events import client_event
from benchmarks.support.faults.process import PATIENCE, Process
from benchmarks.support.servers import OPEN_PASSWORDS
from comptoir.database import apply_schema
from comptoir.settings import get_settings
from local import kafka, postgres
from local.ports import find_free_port
from local.waiting import wait_until

HOST, WRITE_KEY, PASSWORD = "127.0.0.1", "chaos", "chaos"
VICTIMS = ("collector", "kafka", "lander", "postgres")
TOPICS = ("clicks", "clicks.bad")
CLIENTS, BATCH, PERIOD = 10, 10, 0.2  # 500 events a second
BAD_SHARE, REPEATED_SHARE = 0.02, 0.02


@dataclass
class Clicks:
    """Clients that send 500 events a second to the collector, each batch again until it is acknowledged."""

    url: str
    seed: int
    acknowledged: list[str] = field(default_factory=list)
    _pause: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _idle: list[threading.Event] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start the clients, paused; stop them at the end."""
        self._pause.set()
        self._idle = [threading.Event() for _ in range(CLIENTS)]
        threads = [threading.Thread(target=self._send, args=(n, idle)) for n, idle in enumerate(self._idle)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(60)

    def resume(self) -> None:
        """Send again after a pause."""
        self._pause.clear()

    def pause(self) -> None:
        """Stop sending; returns when every batch is acknowledged.

        Raises TimeoutError when one is not acknowledged within RECOVERY_LIMIT.
        """
        self._pause.set()
        for idle in self._idle:
            idle.clear()
        for idle in self._idle:
            if not idle.wait(PATIENCE):
                raise TimeoutError(f"a batch was not acknowledged within {PATIENCE:.0f} s")

    def _send(self, number: int, idle: threading.Event) -> None:
        rng = random.Random(self.seed * CLIENTS + number)
        with httpx.Client(base_url=self.url, auth=(WRITE_KEY, ""), timeout=15) as client:
            while not self._stop.is_set():
                if self._pause.is_set():
                    idle.set()
                    time.sleep(0.02)
                    continue
                ids = [str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(BATCH)]
                body = json.encode({"batch": [self._event(event_id, rng) for event_id in ids]})
                for _ in range(2 if rng.random() < REPEATED_SHARE else 1):  # a client that did not get the answer
                    self._until_acknowledged(client, body)
                self.acknowledged += ids
                time.sleep(PERIOD)

    def _event(self, event_id: str, rng: random.Random) -> dict[str, object]:
        changes: dict[str, object] = {"properties": {"product_id": []}} if rng.random() < BAD_SHARE else {}
        return client_event(messageId=event_id, anonymousId=f"v{rng.randrange(200)}", **changes)

    def _until_acknowledged(self, client: httpx.Client, body: bytes) -> None:
        while not self._stop.is_set():
            with suppress(httpx.TransportError):
                if client.post("/v1/batch", content=body).status_code == 200:
                    return
            time.sleep(0.1)


@dataclass(frozen=True)
class Kill:
    """What one kill did, in numbers of events."""

    victim: str
    recovery_seconds: float  # until an event that was acknowledged after the kill was in raw
    acknowledged: int
    missing: int  # acknowledged, but neither in raw nor in bad
    unexpected: int  # in raw or bad, but never acknowledged
    doubled: int  # more than once in raw
    gaps: int  # offsets below the stored ones that are in none of the tables, or in two

    @property
    def faults(self) -> int:
        """All that is wrong; must be 0."""
        return self.missing + self.unexpected + self.doubled + self.gaps


class Chaos:
    """The processes and the clicks of one run."""

    clicks_kind: type[Clicks] = Clicks

    def __init__(self, processes: dict[str, Process], database_url: str, clicks: Clicks):
        self._processes, self._database_url, self.clicks = processes, database_url, clicks

    @classmethod
    def more_processes(cls, folder: Path, environment: dict[str, str]) -> dict[str, Process]:
        """Processes that a subclass runs in addition to the four; `environment` has the addresses and topics."""
        return {}

    def kill(self, victim: str, rng: random.Random) -> Kill:
        """Kill the victim under load, wait until all is landed again, and compare.

        Raises TimeoutError when something is not back within RECOVERY_LIMIT.
        """
        self.clicks.resume()
        time.sleep(rng.uniform(0.5, 2.0))
        started = time.monotonic()
        process = self._kill(victim)
        before = len(self.clicks.acknowledged)
        process.restart()
        wait_until(lambda: self._landed(self.clicks.acknowledged[before]), "recovery", PATIENCE, every=0.05)
        recovery = time.monotonic() - started
        self.clicks.pause()
        wait_until(lambda: self._landed(*self.clicks.acknowledged[-BATCH * CLIENTS :]), "the lander", PATIENCE)
        return self._compare(victim, recovery)

    def _kill(self, victim: str) -> Process:
        """Kill it now; returns the process that must be started again."""
        process = self._processes[victim]
        process.kill()
        return process

    def _landed(self, *event_ids: str) -> None:
        if missing := set(event_ids) - set(self._ids("where event_id = any(%s)", list(event_ids))):
            raise RuntimeError(f"{len(missing)} events are not landed yet")

    def _ids(self, where: str = "", *values: object) -> list[str]:
        with psycopg.connect(self._database_url, connect_timeout=5) as connection:
            query = f"""
                with good as (select event_id from raw_clickstream.events {where}),
                bad as (
                    select event_id from (
                        select convert_from(payload, 'utf8')::jsonb ->> 'messageId' as event_id
                        from raw_clickstream.bad_events
                    ) as refused {where}
                )
                select event_id from good union all select event_id from bad
            """
            return [event_id for (event_id,) in connection.execute(query.encode(), [*values, *values])]

    def _compare(self, victim: str, recovery: float) -> Kill:
        acknowledged, landed = set(self.clicks.acknowledged), self._ids()
        # a bad event that was sent twice is two bad records: only valid events are deduplicated by their id
        with psycopg.connect(self._database_url) as connection:
            [(doubled,)] = connection.execute(
                "select count(*) - count(distinct event_id) from raw_clickstream.events"
            ).fetchall()
            [(gaps,)] = connection.execute(GAPS).fetchall()
        return Kill(
            victim=victim,
            recovery_seconds=recovery,
            acknowledged=len(acknowledged),
            missing=len(acknowledged - set(landed)),
            unexpected=len(set(landed) - acknowledged),
            doubled=doubled,
            gaps=gaps,
        )


# per partition: the offsets below next_offset compared with those in the three tables
GAPS = b"""
    with landed as (
        select kafka_topic as topic, kafka_partition as partition, kafka_offset as "offset" from raw_clickstream.events
        union all select topic, partition, "offset" from raw_clickstream.bad_events
        union all select topic, partition, "offset" from raw_clickstream.duplicate_events
    ),
    counted as (
        select topic, partition, count(*) as rows_count, count(distinct "offset") as offsets_count,
            max("offset") + 1 as after
        from landed group by topic, partition
    )
    select coalesce(sum(
        (next_offset - coalesce(offsets_count, 0)) + (coalesce(rows_count, 0) - coalesce(offsets_count, 0))
        + greatest(coalesce(after, 0) - next_offset, 0)
    ), 0)::int
    from raw_clickstream.kafka_offsets left join counted using (topic, partition)
"""


@contextmanager
def chaos(folder: Path, seed: int, kind: type[Chaos] = Chaos) -> Iterator[Chaos]:
    """Start everything below `folder`, with Postgres as durable as in production; no click is sent yet.

    All processes are stopped at the end; their data stays in `folder`.
    """
    folder.chmod(0o755)  # under root, Postgres runs as another user, who must be able to reach its folder
    collector_port, postgres_port, kafka_port = find_free_port(), find_free_port(), find_free_port()
    server = f"postgresql://{postgres.SUPERUSER}:{PASSWORD}@{HOST}:{postgres_port}"
    bootstrap, jars = f"{HOST}:{kafka_port}", get_settings().kafka_jars_dir
    postgres.initialise(folder / "postgres" / "data", PASSWORD)
    properties = kafka.initialise(jars, folder / "kafka", HOST, kafka_port, find_free_port())
    environment = {
        "COMPTOIR_KAFKA_BOOTSTRAP": bootstrap,
        "COMPTOIR_POSTGRES_URL": f"{server}/chaos",
        "COMPTOIR_CLICKS_TOPIC": TOPICS[0],
        "COMPTOIR_CLICKS_BAD_TOPIC": TOPICS[1],
        "COMPTOIR_COLLECTOR_PORT": str(collector_port),
        "COMPTOIR_WRITE_KEY": WRITE_KEY,
    }
    url = f"http://{HOST}:{collector_port}"
    processes = {
        "postgres": Process(
            postgres.command(folder / "postgres" / "data", HOST, postgres_port),
            folder / "postgres.log",
            lambda: psycopg.connect(f"{server}/postgres", connect_timeout=2).close(),
            user=postgres.system_user(),
        ),
        "kafka": Process(
            kafka.command(jars, properties),
            folder / "kafka.log",
            lambda: kafka.create_topics(bootstrap, [*TOPICS], 2),
        ),
        "collector": Process(
            [sys.executable, "-m", "collector"],
            folder / "collector.log",
            lambda: httpx.get(f"{url}/health").raise_for_status(),
            environment=environment,
        ),
        "lander": Process(
            [sys.executable, "-m", "cli.app", "clicks", "land", "--follow"],
            folder / "lander.log",
            lambda: None,
            environment=environment,
        ),
    }
    processes |= kind.more_processes(folder, environment)
    clicks = kind.clicks_kind(url, seed)
    with ExitStack() as stack:
        for name, process in processes.items():
            stack.callback(process.end)
            process.restart()
            if name == "postgres":
                postgres.create_database(f"{server}/postgres", "chaos")
                apply_schema(f"{server}/chaos", OPEN_PASSWORDS)
        with clicks.running():
            yield kind(processes, f"{server}/chaos", clicks)
