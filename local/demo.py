"""`comptoir demo`: every step from an empty machine to recommendations that follow a visitor.

1. start the stack                       local/stack.py
2. fill the demo shop, once              demo_shop/seed.py
3. send its visitors' history, once      demo_shop/traffic/send_history.py -> collector -> Kafka
4. run Dagster's daily job               shop and clicks -> raw -> gates -> dbt -> serving -> consumers
5. wait until the stream has read all    streaming/job.py
6. send a click, compare answers         local/demo_click.py
7. print the summary                     local/demo_summary.py
8. visitors keep coming until Ctrl-C
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from rich.console import Console

from comptoir.settings import Settings
from demo_shop.seed import history_of, is_seeded, seed_shop
from demo_shop.traffic.send_history import send_history
from local import stack
from local.demo_click import click_and_watch
from local.demo_summary import print_summary
from local.services import services
from local.supervision import Supervisor
from local.waiting import wait_until


def run(data: Path | None, once: bool, console: Console) -> bool:
    """Do all of the above; True when every step succeeded. Stops what it started, also after an error.

    `data` is a folder with one's own catalogue and clicks, None for a generated shop; `once` ends after the summary.
    Raises RuntimeError, FileNotFoundError or TimeoutError with what to do.
    """
    begun = time.monotonic()

    def say(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:5.0f} s[/] {line}", highlight=False)

    with _interruptible():
        try:
            settings = stack.up(say)
            ok = _walk(settings, data, console, say)
            say(f"[bold]{'done' if ok else 'finished with failures'}[/]")
            if ok and not once:
                _stay(settings, say)
        except KeyboardInterrupt:
            ok = True
            say("stopping")
        finally:
            stack.down()
    return ok


def _walk(settings: Settings, data: Path | None, console: Console, say: stack.Say) -> bool:
    from orchestration.run import run_dagster_job  # imports Dagster: seconds, so not before the stack is up

    _fill_once(settings, data, say)
    say("daily job: shop and clicks to raw, gates, dbt, serving tables, consumers")
    outcome = run_dagster_job(
        "daily", settings.dagster_url, on_step=lambda step: say(f"  {step.status:<8}{step.seconds:6.1f} s  {step.step}")
    )
    say(f"daily job {'succeeded' if outcome.success else 'FAILED'} in {outcome.seconds:.0f} s")
    click = None
    if outcome.success:
        say("waiting for the stream to have read every click")
        wait_until(lambda: require_no_lag(settings), "the stream", seconds=600, every=1)
        click = click_and_watch(settings)
    print_summary(settings, outcome, click, console)
    return click is not None and click.changed


def _fill_once(settings: Settings, data: Path | None, say: stack.Say) -> None:
    """Fill the shop and send its visitors' history, once: a second demo continues from there."""
    sent = settings.demo_shop_dir / "history.sent"
    if not is_seeded(settings):
        say(f"filling the demo shop {f'from {data}' if data else '(a generated one)'}")
        for line in seed_shop(settings, data, end=datetime.now(UTC)):
            say(line)
    elif data:
        say("the demo shop is filled already; `comptoir clean` deletes it, so that other data can be loaded")
    if sent.exists():
        return
    say("sending the visitors' history through the collector")
    # clicks of a real shop keep their spacing, sped up; generated ones are sent as fast as the collector accepts them
    speed = settings.replay_speed if data else None
    secret = settings.user_id_secret.get_secret_value()
    history = history_of(settings)
    report = send_history(history, settings.collector_url, settings.write_key, speed, user_id_secret=secret)
    say(f"history sent: {report}")
    sent.write_text(str(report))


def require_no_lag(settings: Settings) -> None:
    """Raises TimeoutError while the stream's offsets are behind the end of the clicks topic."""
    from kafka import KafkaConsumer, TopicPartition

    with psycopg.connect(settings.database_url_as("watcher")) as connection:
        rows = connection.execute(
            "select partition, next_offset from serving.stream_offsets where topic = %s", [settings.clicks_topic]
        ).fetchall()
    read: dict[int, int] = dict(rows)
    consumer = KafkaConsumer(**settings.kafka_as("watcher").for_python)
    try:
        partitions = consumer.partitions_for_topic(settings.clicks_topic) or set()
        ends = consumer.end_offsets([TopicPartition(settings.clicks_topic, number) for number in partitions])
    finally:
        consumer.close()
    lag = sum(end - read.get(where.partition, 0) for where, end in ends.items())
    if lag > 0:
        raise TimeoutError(f"the stream has not read {lag} clicks yet")


def _stay(settings: Settings, say: stack.Say) -> None:
    """Let visitors come and buy until Ctrl-C."""
    supervisor = Supervisor(settings.data_dir)
    for service in services(settings):
        if not service.starts_with_stack:
            stack.start(supervisor, service, say)
    say("the demo shop has visitors now; Ctrl-C stops everything")
    while True:
        signal.pause()


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM (a closing terminal, a time limit) stops the stack as Ctrl-C does."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
