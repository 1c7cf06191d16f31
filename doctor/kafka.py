"""Kafka: whether a broker answers, has the topics, and forgets their records in time."""

from __future__ import annotations

from collections.abc import Iterator

from alerting.probes.kafka import end_offsets
from comptoir.settings import Settings
from doctor.finding import Finding, blocks, fine, warns
from ingestion.clickstream.topic_terms import records_over_term


def examine_kafka(settings: Settings) -> Iterator[Finding]:
    """The broker and both topics of the clicks."""
    embedded = not settings.kafka_bootstrap
    for topic in (settings.clicks_topic, settings.clicks_bad_topic):
        try:
            partitions = end_offsets(settings.kafka_as("watcher"), topic)
        except ConnectionError as error:
            remedy = "run `comptoir up`" if embedded else "start it, or correct COMPTOIR_KAFKA_BOOTSTRAP"
            yield blocks("kafka", str(error), remedy)
            return
        if partitions:
            yield fine("kafka", f"topic {topic} has {len(partitions)} partitions.")
        else:
            create = f"create it: kafka-topics.sh --create --topic {topic} --partitions {settings.clicks_partitions}"
            yield blocks("kafka", f"there is no topic {topic}.", "run `comptoir up`" if embedded else create)
            return
    for topic, count in records_over_term(settings.kafka_as("watcher"), settings.topic_days).items():
        days = settings.topic_days[topic]
        remedy = f"give the topic retention.ms={days * 86_400_000} and segment.ms=86400000"
        yield warns("kafka", f"topic {topic} holds {count:,} records that are older than {days} days.", remedy)
