"""Whether Kafka forgets in time: records of the clicks that a broker still holds after their term."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from comptoir.kafka_access import Bootstrap
from ingestion.clickstream.kafka_log import open_log

# a broker drops whole segments; those of the embedded one are a day long
SEGMENT = timedelta(days=1)


def records_over_term(bootstrap: Bootstrap, days: Mapping[str, int], now: datetime | None = None) -> dict[str, int]:
    """Topic → records that came more than a day before its term; only topics that have some.

    `days`: how long each topic may keep its records. Raises KafkaUnavailable, also for a topic that is missing.
    """
    found = {}
    for topic, term in days.items():
        before = (now or datetime.now(UTC)) - timedelta(days=term) - SEGMENT
        with open_log(bootstrap, [topic]) as log:
            partitions = log.partitions()
            bounds = log.bounds(partitions)
            first_in_time = log.offsets_at(partitions, before)
        count = 0
        for partition, (start, end) in bounds.items():
            kept = first_in_time[partition]
            count += (end if kept is None else kept) - start
        if count:
            found[topic] = count
    return found
