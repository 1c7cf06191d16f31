"""Deletes from Kafka what was read by everybody who reads it: it is in raw, and in the stream's state.

Kafka cannot take single records out of its log; it can only forget all before an offset (KIP-107, "delete records").
From then on no client is given them; their bytes leave the disk with their segment, a day long in the embedded broker.
"""

from __future__ import annotations

from typing import NamedTuple

import psycopg
from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import KafkaError

from comptoir.kafka_access import Bootstrap, access_of
from ingestion.clickstream.errors import KafkaUnavailable
from ingestion.clickstream.kafka_log import open_log

# the lander reads both topics, the stream that of the clicks; each counts by its slowest reader
READ_BY_ALL = """
    with offsets as (
        select 'lander' as reader, topic, partition, next_offset from raw_clickstream.kafka_offsets
        union all
        select 'stream', topic, partition, next_offset from serving.stream_offsets where topic = %(clicks)s
    )

    select topic, partition, min(next_offset)
    from offsets
    where topic in (%(clicks)s, %(refused)s)
    group by topic, partition
    having count(distinct reader) = case topic when %(clicks)s then 2 else 1 end
"""


class ReadRecords(NamedTuple):
    """Records of a topic: those that everybody has read, and those that somebody still has to read."""

    read: int
    unread: int


def read_records(
    bootstrap: Bootstrap, database_url: str, clicks: str, refused: str, delete: bool = False
) -> dict[str, ReadRecords]:
    """Count what the topics of clicks and refused clicks hold, by topic, and `delete` what everybody has read.

    A reader that has not begun has read nothing. Raises KafkaUnavailable, also where the user may not delete;
    psycopg.Error.
    """
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(READ_BY_ALL, {"clicks": clicks, "refused": refused}).fetchall()
    ends = {TopicPartition(topic, partition): offset for topic, partition, offset in rows}
    found, until = {}, dict[TopicPartition, int]()
    for topic in (clicks, refused):
        with open_log(bootstrap, [topic]) as log:
            bounds = log.bounds(log.partitions())
        # a log that was made anew may end before what was read of the old one
        read = {p: min(max(ends.get(p, 0), start), end) for p, (start, end) in bounds.items()}
        until |= read
        found[topic] = ReadRecords(
            sum(read[p] - start for p, (start, _) in bounds.items()),
            sum(end - read[p] for p, (_, end) in bounds.items()),
        )
    if delete:
        _delete(bootstrap, until)
    return found


def _delete(bootstrap: Bootstrap, until: dict[TopicPartition, int]) -> None:
    try:
        admin = KafkaAdminClient(**access_of(bootstrap).for_python)
        try:
            admin.delete_records(until)
        finally:
            admin.close()
    except KafkaError as error:
        raise KafkaUnavailable(
            f"Kafka at {bootstrap} did not delete the records ({error!r}): check the broker, and whether the user may."
        ) from error
