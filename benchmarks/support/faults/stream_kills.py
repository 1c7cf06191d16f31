"""The same with the stream: its driver, Spark's JVM, Spark's Python worker, the broker or Postgres is killed.

On a cluster an executor is killed, too. After each kill the stream catches up. Then its counts are compared with a
recomputation from raw.
"""

from __future__ import annotations

import random
import sys
import uuid
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

from benchmarks.support.clicks import CONSENT
from benchmarks.support.events import client_event
from benchmarks.support.faults.kills import BATCH, CLIENTS, Chaos, Clicks, Kill
from benchmarks.support.faults.process import PATIENCE, Process
from benchmarks.support.spark_cluster import SparkCluster
from local.waiting import wait_until
from streaming.recompute import compare_with_raw

VICTIMS = ("stream", "spark", "worker", "kafka", "postgres")
CHILDREN = {
    "spark": "SparkSubmit",
    "worker": "streaming.worker_daemon",
}  # part of the child's command line
CLUSTER_VICTIMS = (*VICTIMS, "executor")
PARTS = (*CHILDREN, "executor")  # which come and go with the stream
VISITORS, PRODUCTS = 200, 60


class ShoppingClicks(Clicks):
    """Views, carts and orders of visitors who agreed to personalisation, all of them valid."""

    def _event(self, event_id: str, rng: random.Random) -> dict[str, object]:
        visitor = f"v{rng.randrange(VISITORS)}"
        product = {"product_id": str(8000 + rng.randrange(PRODUCTS)), "category": "Laptops", "price": 10.0}
        name = rng.choices(["Product Viewed", "Product Added", "Order Completed"], [8, 2, 1])[0]
        order = {"order_id": event_id, "products": [product]}
        return client_event(
            messageId=event_id,
            anonymousId=visitor,
            event=name,
            context={
                "sessionId": f"{visitor}-{uuid.UUID(event_id).int % 5}",
                "consent": CONSENT,
                "userAgent": "Mozilla/5.0",  # that of the sending script would be a robot's
            },
            properties=order if name == "Order Completed" else product,
        )


class StreamChaos(Chaos):
    """Kills with the stream; `Kill.gaps` are the rows that differ from a recomputation."""

    clicks_kind = ShoppingClicks

    @classmethod
    def more_processes(cls, folder: Path, environment: dict[str, str]) -> dict[str, Process]:
        """The stream."""
        data_dir = folder / "data"
        data_dir.mkdir()
        environment = environment | {"COMPTOIR_DATA_DIR": str(data_dir)}
        command = [sys.executable, "-m", "streaming.job"]
        return {"stream": Process(command, folder / "stream.log", lambda: None, environment=environment)}

    def _kill(self, victim: str) -> Process:
        if victim not in PARTS:
            return super()._kill(victim)
        wait_until(lambda: self._kill_part(victim), f"the {victim} to kill", PATIENCE)
        return self._processes["stream"]

    def _kill_part(self, victim: str) -> None:
        """Kill a child of the stream; raises when there is none yet. The stream may have ended after the last kill."""
        stream = self._processes["stream"]
        stream.ensure()
        _kill_child(stream.pid, CHILDREN[victim])

    def _landed(self, *event_ids: str) -> None:
        """Raises until the stream has counted the events. Like a supervisor, it starts a stream that has ended."""
        self._processes["stream"].ensure()
        if missing := set(event_ids) - self._counted("where event_id = any(%s)", list(event_ids)):
            raise RuntimeError(f"{len(missing)} events are not counted yet")

    def _counted(self, where: str = "", *values: object) -> set[str]:
        query = f"select event_id from serving.visitor_events {where}"
        with psycopg.connect(self._database_url, connect_timeout=5) as connection:
            return {event_id for (event_id,) in connection.execute(query.encode(), values)}

    def _compare(self, victim: str, recovery: float) -> Kill:
        last = self.clicks.acknowledged[-BATCH * CLIENTS :]
        wait_until(lambda: super(StreamChaos, self)._landed(*last), "the lander", PATIENCE)
        acknowledged, counted = set(self.clicks.acknowledged), self._counted()
        return Kill(
            victim=victim,
            recovery_seconds=recovery,
            acknowledged=len(acknowledged),
            missing=len(acknowledged - counted),
            unexpected=len(counted - acknowledged),
            doubled=0,  # the key of visitor_events does not allow it
            gaps=len(compare_with_raw(self._database_url).differences),
        )


def on_cluster(cluster: SparkCluster) -> type[StreamChaos]:
    """The same with every batch spread over the executors of a cluster, whose children the Python workers are."""

    class ClusterChaos(StreamChaos):
        @classmethod
        def more_processes(cls, folder: Path, environment: dict[str, str]) -> dict[str, Process]:
            spread = cluster.settings | {"COMPTOIR_STREAM_SPREAD_FROM": "1"}
            return super().more_processes(folder, environment | spread)

        def _kill_part(self, victim: str) -> None:
            """Kill the newest executor or its workers, too."""
            if victim not in ("executor", "worker"):
                super()._kill_part(victim)
                return
            self._processes["stream"].ensure()
            executors = sorted(cluster.executors(), key=lambda executor: executor.create_time())
            if not executors:
                raise RuntimeError("no executor runs")
            if victim == "executor":
                executors[-1].kill()
            else:
                _kill_child(executors[-1].pid, CHILDREN[victim])

    return ClusterChaos


def _kill_child(pid: int, named: str) -> None:
    killed = 0
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.Error):  # ended by itself meanwhile
            if named in " ".join(child.cmdline()):
                child.kill()
                killed += 1
    if not killed:
        raise RuntimeError(f"no child of {pid} is called {named}")
