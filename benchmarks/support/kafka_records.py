"""Writes and reads the records of a topic, as any producer and consumer could, invalid ones included."""

from __future__ import annotations

from collections.abc import Iterable

from kafka import KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord

from ingestion.clickstream.kafka_log import open_log


def produce(bootstrap: str, topic: str, values: Iterable[bytes | None], partition: int | None = None) -> int:
    """Write the values in order and wait until all are acknowledged; returns their number."""
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    try:
        futures = [producer.send(topic, value, key=b"visitor", partition=partition) for value in values]
        for future in futures:
            future.get(timeout=30)
    finally:
        producer.close()
    return len(futures)


def consume(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    """All records that are in the topic now, partition by partition."""
    with open_log(bootstrap, [topic]) as kafka_log:
        kafka_log.assign(dict.fromkeys(kafka_log.partitions()))
        return kafka_log.read(max_records=1_000_000, seconds=30)
