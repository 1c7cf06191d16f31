"""Bounded reading of Kafka topics from offsets that the caller keeps, with kafka-python.

No consumer group of Kafka's: partitions are assigned by hand and nothing is committed to the broker, because
the offsets live in Postgres beside the rows they stand for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

FETCH_BYTES = 4 * 1024 * 1024  # per partition: what bounds the memory of a read
STALL_SECONDS = 15.0
BOOTSTRAP_MS = 10_000
LANDED_OFFSETS = "raw_clickstream.kafka_offsets"


class KafkaUnavailable(RuntimeError):
    """Kafka cannot be reached, lacks a topic, or stopped answering."""


class KafkaDataLoss(RuntimeError):
    """The log no longer holds the offsets that should come next: records expired, or the topic was made anew."""


class KafkaLog:
    """The records of some topics from `next_offsets` up to the ends seen at the start."""

    def __init__(
        self, consumer: KafkaConsumer, bootstrap: str, next_offsets: Mapping[TopicPartition, int], kept_in: str
    ):
        """`next_offsets` may lack partitions: those are read from their beginning. `kept_in`: the offsets' table."""
        self._consumer, self._bootstrap = consumer, bootstrap
        partitions = list(consumer.assignment())
        starts, self.ends = consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
        self.positions = {partition: next_offsets.get(partition, starts[partition]) for partition in partitions}
        for partition, position in sorted(self.positions.items()):
            _check_held(partition, position, starts[partition], self.ends[partition], kept_in)
            consumer.seek(partition, position)
        self._pause_finished()

    @property
    def is_drained(self) -> bool:
        return all(self.positions[partition] >= end for partition, end in self.ends.items())

    def read(self, max_records: int, seconds: float) -> list[ConsumerRecord]:
        """Up to `max_records` records, as they lie in their partitions; fewer at the end or after `seconds`."""
        records: list[ConsumerRecord] = []
        started = heard = time.monotonic()
        while len(records) < max_records and not self.is_drained and time.monotonic() - started < seconds:
            polled = self._consumer.poll(timeout_ms=500, max_records=max_records - len(records))
            for partition, found in polled.items():
                records.extend(found)
                self.positions[partition] = found[-1].offset + 1
            if polled:
                heard = time.monotonic()
                self._pause_finished()
            elif time.monotonic() - heard > STALL_SECONDS:
                raise KafkaUnavailable(
                    f"Kafka at {self._bootstrap} sent nothing for {STALL_SECONDS:.0f} s although records wait; "
                    "what was read before is landed. Look at the broker, then run again."
                )
        return records

    def lag(self) -> dict[str, int]:
        """Records not read yet, per `topic/partition`, at the log's end of now."""
        ends = self._consumer.end_offsets(list(self.positions))
        return {f"{p.topic}/{p.partition}": ends[p] - self.positions[p] for p in sorted(self.positions)}

    def _pause_finished(self) -> None:
        self._consumer.pause(*(p for p, end in self.ends.items() if self.positions[p] >= end))


@contextmanager
def open_log(
    bootstrap: str, topics: list[str], next_offsets: Mapping[TopicPartition, int], kept_in: str = LANDED_OFFSETS
) -> Iterator[KafkaLog]:
    """A KafkaLog on every partition the topics have now. Raises KafkaUnavailable or KafkaDataLoss."""
    try:
        consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",  # a jump would lose records silently
            allow_auto_create_topics=False,
            max_partition_fetch_bytes=FETCH_BYTES,
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            request_timeout_ms=10_000,
            reconnect_backoff_max_ms=1_000,
            metrics_enabled=False,
        )
    except KafkaError as error:
        raise KafkaUnavailable(f"No Kafka answers at {bootstrap} ({error!r}): is it up?") from error
    try:
        consumer.assign([p for topic in topics for p in _partitions(consumer, topic, bootstrap)])
        yield KafkaLog(consumer, bootstrap, next_offsets, kept_in)
    except KafkaError as error:
        raise KafkaUnavailable(f"Reading from Kafka at {bootstrap} failed: {error!r}") from error
    finally:
        consumer.close(autocommit=False)


def _partitions(consumer: KafkaConsumer, topic: str, bootstrap: str) -> list[TopicPartition]:
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise KafkaUnavailable(f"Kafka at {bootstrap} has no topic {topic}: `make up` creates it.")
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def _check_held(partition: TopicPartition, position: int, start: int, end: int, kept_in: str) -> None:
    if start <= position <= end:
        return
    raise KafkaDataLoss(
        f"Topic {partition.topic} partition {partition.partition} should be read from offset {position}, but the log "
        f"holds only {start} to {end}: records expired before they were read, or the topic was made anew. "
        f"Nothing was written. To accept the loss, delete that row of {kept_in}; "
        "for a topic made anew, read it under a new name."
    )
