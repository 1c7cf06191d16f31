"""The embedded broker: formats once, takes topics and keeps what it acknowledged."""

from __future__ import annotations

import uuid

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from local.kafka import create_topics, initialise

pytestmark = pytest.mark.services


def test_an_acknowledged_message_can_be_read_back(kafka: str, topics: tuple[str, str]) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka)
    metadata = producer.send(topics[0], b"hello", key=b"visitor").get(timeout=60)
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", consumer_timeout_ms=10_000)
    consumer.assign([TopicPartition(topics[0], metadata.partition)])
    assert next(consumer).value == b"hello"
    consumer.close()


def test_creating_topics_twice_keeps_them(kafka: str, topics: tuple[str, str]) -> None:
    create_topics(kafka, list(topics), 2)
    consumer = KafkaConsumer(bootstrap_servers=kafka)
    assert consumer.partitions_for_topic(topics[0]) == {0, 1}
    consumer.close()


def test_a_topic_may_forget_sooner_than_the_others_and_sooner_than_before(kafka: str) -> None:
    topic = f"bad-{uuid.uuid4().hex[:8]}"
    for days in (14, 3):
        create_topics(kafka, [topic], 1, {topic: days})
        admin = KafkaAdminClient(bootstrap_servers=kafka)
        try:
            described = str(admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)]))
        finally:
            admin.close()
        assert str(days * 24 * 60 * 60 * 1000) in described


def test_missing_jars_are_reported_with_the_remedy(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="make setup"):
        initialise(tmp_path / "nowhere", tmp_path / "data", "127.0.0.1", 1, 2)
