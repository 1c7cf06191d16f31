"""Bounded reading of Kafka topics, with kafka-python, from offsets that the caller stores.

Without a Kafka consumer group: partitions are assigned explicitly and nothing is committed to the broker, because
the offsets are stored in Postgres, in one transaction with the rows read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from comptoir.kafka_access import Bootstrap, access_of
from ingestion.clickstream.errors import KafkaDataLoss, KafkaUnavailable

FETCH_BYTES = 4 * 1024 * 1024  # per partition: bounds the memory of a read
STALL_SECONDS = 15.0
BOOTSTRAP_MS = 10_000
LANDED_OFFSETS = "raw_clickstream.kafka_offsets"


class KafkaLog:
    """Reads the records of assigned partitions, from given positions up to ends fixed by `assign` or `extend`.

    `positions` and `ends`: the next offset to read and the offset to stop before, per partition. Used inside
    `open_log`, which turns every error of kafka-python into KafkaUnavailable.
    """

    def __init__(self, consumer: KafkaConsumer, bootstrap: Bootstrap, topics: list[str], offsets_table: str):
        """`offsets_table`: where the caller stores its offsets; named in the message of KafkaDataLoss."""
        self._consumer, self._bootstrap, self._topics, self._offsets_table = consumer, bootstrap, topics, offsets_table
        self.positions: dict[TopicPartition, int] = {}
        self.ends: dict[TopicPartition, int] = {}

    def partitions(self) -> list[TopicPartition]:
        """Every partition the topics have now. Raises KafkaUnavailable when a topic does not exist."""
        return [p for topic in self._topics for p in _partitions(self._consumer, topic, self._bootstrap)]

    def bounds(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
        """First offset still held and end of the log, per partition."""
        starts = self._consumer.beginning_offsets(partitions)
        ends = self._consumer.end_offsets(partitions)
        return {partition: (starts[partition], ends[partition]) for partition in partitions}

    def offsets_at(self, partitions: Sequence[TopicPartition], at: datetime) -> dict[TopicPartition, int | None]:
        """First offset whose record Kafka received at `at` or later, per partition; None where there is none."""
        found = self._consumer.offsets_for_times(dict.fromkeys(partitions, int(at.timestamp() * 1000)))
        return {partition: offset.offset if (offset := found.get(partition)) else None for partition in partitions}

    def assign(self, positions: Mapping[TopicPartition, int | None]) -> None:
        """Read these partitions up to their current ends; position None is the beginning of the log.

        Raises KafkaDataLoss when the log no longer holds a position.
        """
        bounds = self.bounds(list(positions))
        begin = {p: bounds[p][0] if position is None else position for p, position in positions.items()}
        for partition, position in sorted(begin.items()):
            _check_held(partition, position, *bounds[partition], self._offsets_table)
        self.assign_ranges({p: (position, bounds[p][1]) for p, position in begin.items()})

    def assign_ranges(self, ranges: Mapping[TopicPartition, tuple[int, int]]) -> None:
        """Read these partitions from the first offset up to, but not including, the second."""
        self._consumer.assign(list(ranges))
        self.positions = {partition: begin for partition, (begin, _) in ranges.items()}
        self.ends = {partition: end for partition, (_, end) in ranges.items()}
        for partition, position in self.positions.items():
            self._consumer.seek(partition, position)
        self._pause_finished()

    def extend(self) -> None:
        """Move the ends to the current ends of the log."""
        self.ends = self._consumer.end_offsets(list(self.positions))
        self._consumer.resume(*(p for p, end in self.ends.items() if self.positions[p] < end))

    @property
    def is_drained(self) -> bool:
        """Whether everything up to the ends was read."""
        return all(self.positions[partition] >= end for partition, end in self.ends.items())

    def read(self, max_records: int, seconds: float) -> list[ConsumerRecord]:
        """Up to `max_records` records, in order within each partition; fewer at the ends or after `seconds`.

        Raises KafkaUnavailable when the broker sends nothing for STALL_SECONDS although records wait.
        """
        records: list[ConsumerRecord] = []
        started = heard = time.monotonic()
        while len(records) < max_records and not self.is_drained and time.monotonic() - started < seconds:
            polled = self._consumer.poll(timeout_ms=500, max_records=max_records - len(records))
            for partition, found in polled.items():
                end = self.ends[partition]
                if found[-1].offset >= end:  # records beyond the end: left to the next read
                    found = [record for record in found if record.offset < end]
                    self._consumer.seek(partition, end)
                records.extend(found)
                self.positions[partition] = found[-1].offset + 1 if found else end
            if polled:
                heard = time.monotonic()
                self._pause_finished()
            elif time.monotonic() - heard > STALL_SECONDS:
                raise KafkaUnavailable(
                    f"Kafka at {self._bootstrap} sent nothing for {STALL_SECONDS:.0f} s although records wait. "
                    "What was read before is not lost; check the broker, then run again."
                )
        return records

    def lag(self) -> dict[str, int]:
        """Number of records not read yet, up to the current end of the log, per `topic/partition`."""
        ends = self._consumer.end_offsets(list(self.positions)) if self.positions else {}
        return {f"{p.topic}/{p.partition}": ends[p] - self.positions[p] for p in sorted(self.positions)}

    def _pause_finished(self) -> None:
        self._consumer.pause(*(p for p, end in self.ends.items() if self.positions[p] >= end))


@contextmanager
def open_log(bootstrap: Bootstrap, topics: list[str], offsets_table: str = LANDED_OFFSETS) -> Iterator[KafkaLog]:
    """A KafkaLog of these topics with nothing assigned yet.

    Raises KafkaUnavailable when no broker answers at `bootstrap`, also for errors of kafka-python inside the block.
    """
    try:
        consumer = KafkaConsumer(
            **access_of(bootstrap).for_python,
            enable_auto_commit=False,
            auto_offset_reset="none",  # resetting would lose records silently
            allow_auto_create_topics=False,
            max_partition_fetch_bytes=FETCH_BYTES,
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            request_timeout_ms=10_000,
            reconnect_backoff_max_ms=1_000,
            metadata_max_age_ms=30_000,  # how late a partition added to a topic is noticed
            metrics_enabled=False,
        )
    except KafkaError as error:
        raise KafkaUnavailable(
            f"No Kafka broker answers at {bootstrap} ({error!r}): start it, or correct COMPTOIR_KAFKA_BOOTSTRAP."
        ) from error
    try:
        yield KafkaLog(consumer, bootstrap, topics, offsets_table)
    except KafkaError as error:
        raise KafkaUnavailable(
            f"Reading from Kafka at {bootstrap} failed ({error!r}): check the broker, then run again."
        ) from error
    finally:
        consumer.close(autocommit=False)


def _partitions(consumer: KafkaConsumer, topic: str, bootstrap: Bootstrap) -> list[TopicPartition]:
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise KafkaUnavailable(f"Kafka at {bootstrap} has no topic {topic}: run `make up`, which creates it.")
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def _check_held(partition: TopicPartition, position: int, start: int, end: int, offsets_table: str) -> None:
    if start <= position <= end:
        return
    raise KafkaDataLoss(
        f"Topic {partition.topic} partition {partition.partition} should be read from offset {position}, but the log "
        f"holds only {start} to {end}: records expired before they were read, or the topic was created again. "
        f"Nothing was written. To go on without the lost records, delete the partition's row in {offsets_table}; "
        "a topic that was created again needs a new name."
    )
