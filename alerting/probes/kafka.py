"""Kafka: whether a broker answers, has the topics, and how far the stream is behind their end."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import psycopg

from alerting.condition import DATA_ENGINEERING, STOREFRONT, Condition
from alerting.metrics import STREAM_LAG
from comptoir.kafka_access import Bootstrap, access_of
from comptoir.settings import Settings

PATIENCE = timedelta(seconds=60)
TIMEOUT_SECONDS = 3
LAG_PATIENCE = timedelta(minutes=5)  # after a burst it reads faster than events come


def look_at_kafka(settings: Settings, connection: psycopg.Connection) -> list[Condition]:
    """Kafka away, a missing topic, or a stream that is far behind the end of the topic."""
    try:
        ends = end_offsets(settings.kafka_as("watcher"), settings.clicks_topic)
    except ConnectionError as error:
        cause = f"{error} The collector refuses events until it is back; landing and stream wait."
        return [Condition("kafka/away", "Kafka does not answer", cause, patience=PATIENCE)]
    if not ends:
        cause = f"Kafka at {settings.bootstrap_servers} has no topic {settings.clicks_topic}."
        return [Condition("kafka/topic", "the topic of the clicks is missing", cause, patience=PATIENCE)]
    lag = stream_lag(connection, settings.clicks_topic, ends)
    if lag is not None:
        STREAM_LAG.set(lag)
    if lag is None or lag <= settings.stream_lag_limit:
        return []
    return [
        Condition(
            key="stream/lag",
            title=f"the stream is {lag:,} events behind",
            cause=f"The stream has not read {lag:,} events of {settings.clicks_topic}: recommendations are that old.",
            owners=(STOREFRONT, DATA_ENGINEERING),
            caused_by=("stream/down",),
            patience=LAG_PATIENCE,
        )
    ]


def end_offsets(bootstrap: Bootstrap, topic: str) -> dict[int, int]:
    """Partition → offset after its last record; empty when there is no such topic.

    Raises ConnectionError when no broker answers.
    """
    if not any(_listens(broker) for broker in str(bootstrap).split(",")):  # the client alone would wait for minutes
        raise ConnectionError(f"No Kafka broker listens at {bootstrap}.")
    from kafka import KafkaConsumer, TopicPartition
    from kafka.errors import KafkaError

    try:
        consumer = KafkaConsumer(
            **access_of(bootstrap).for_python,
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            bootstrap_timeout_ms=TIMEOUT_SECONDS * 1000,
            request_timeout_ms=10_000,
            metrics_enabled=False,
        )
        try:
            partitions = consumer.partitions_for_topic(topic) or set()
            found = consumer.end_offsets([TopicPartition(topic, number) for number in partitions])
        finally:
            consumer.close(autocommit=False)
    except KafkaError as error:
        raise ConnectionError(f"Kafka at {bootstrap} does not answer: {error!r}.") from error
    return {partition.partition: end for partition, end in found.items()}


def stream_lag(connection: psycopg.Connection, topic: str, ends: Mapping[int, int]) -> int | None:
    """Events between the stream's own offsets and the ends of the log, whether it runs or not; None before its first.

    Raises psycopg.Error.
    """
    rows = connection.execute(
        "select partition, max(next_offset) from serving.stream_offsets where topic = %s group by partition", [topic]
    ).fetchall()
    read: dict[int, int] = dict(rows)
    return sum(max(0, end - read.get(partition, 0)) for partition, end in ends.items()) if read else None


def _listens(broker: str) -> bool:
    host, _, port = broker.strip().rpartition(":")
    with suppress(OSError), socket.create_connection((host.strip("[]"), int(port)), timeout=TIMEOUT_SECONDS):
        return True
    return False
