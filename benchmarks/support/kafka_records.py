"""Writes and reads the records of a topic, as any producer and consumer could, invalid ones included."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from kafka import KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord

from ingestion.clickstream.kafka_log import open_log

AT_ONCE = 10_000  # records; what waits in the producer for two minutes is given up


def produce(
    bootstrap: str,
    topic: str,
    values: Iterable[bytes | None],
    partition: int | None = None,
    at: datetime | None = None,
) -> int:
    """Write the values in order, as if they came `at` (aware, else now), and wait for all; returns their number."""
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    when = None if at is None else int(at.timestamp() * 1000)
    count, rest = 0, iter(values)
    try:
        while some := list(islice(rest, AT_ONCE)):
            for future in [
                producer.send(topic, value, key=b"visitor", partition=partition, timestamp_ms=when) for value in some
            ]:
                future.get(timeout=30)
            count += len(some)
    finally:
        producer.close()
    return count


def consume(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    """All records that are in the topic now, partition by partition."""
    with open_log(bootstrap, [topic]) as kafka_log:
        kafka_log.assign(dict.fromkeys(kafka_log.partitions()))
        return kafka_log.read(max_records=1_000_000, seconds=30)
