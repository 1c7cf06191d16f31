"""The embedded Kafka 4.1: one KRaft node (broker and controller) run from Maven's jars on Java 17."""

from __future__ import annotations

import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import TopicAlreadyExistsError

from comptoir.class_archive import with_archive
from local.ports import is_listening

# A week: the stream and the lander both read the log, and may be down for a while; events are kept in Postgres.
SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data_dir}/log
num.network.threads=2
num.io.threads=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.retention.hours=168
"""


def java(jars_dir: Path, main_class: str, *arguments: str, options: Sequence[str] | None = None) -> list[str]:
    """The command line that runs `main_class` from the jars in `jars_dir`, by default with their archive of classes."""
    options = with_archive(jars_dir) if options is None else options
    return ["java", "-Xmx512m", "-XX:+UseG1GC", *options, "-cp", f"{jars_dir}/*", main_class, *arguments]


def initialise(jars_dir: Path, data_dir: Path, host: str, port: int, controller_port: int) -> Path:
    """Write `server.properties` (ports may have changed) and format the storage once; returns the properties' path.

    Raises FileNotFoundError when the jars are not in `jars_dir`.
    """
    if not list(jars_dir.glob("kafka_2.13-*.jar")):
        raise FileNotFoundError(f"Kafka's jars are not in {jars_dir}: run `make setup`, which fetches them with Maven.")
    data_dir.mkdir(parents=True, exist_ok=True)
    properties = data_dir / "server.properties"
    properties.write_text(
        SERVER_PROPERTIES.format(host=host, port=port, controller_port=controller_port, data_dir=data_dir)
    )
    if not (data_dir / "log" / "meta.properties").exists():
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # one word: an id that begins with a dash would be read as an option
        formatting = java(jars_dir, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}")
        subprocess.run([*formatting, "-c", str(properties)], check=True, capture_output=True, timeout=120)
    return properties


def command(jars_dir: Path, properties: Path, options: Sequence[str] | None = None) -> list[str]:
    """The command line of the broker; `options` as of `java`."""
    return java(jars_dir, "kafka.Kafka", str(properties), options=options)


def _retention(days: int) -> dict[str, str]:
    """A segment is deleted when its newest record is too old, so it must not grow for long."""
    day = 24 * 60 * 60 * 1000
    return {"retention.ms": str(days * day), "segment.ms": str(day)}


def create_topics(
    bootstrap: str, topics: list[str], partitions: int, retention_days: Mapping[str, int] | None = None
) -> None:
    """Create the topics that are missing, with one replica; `retention_days` of those that differ from the server's.

    A topic that is there is given them, too: a setting may have changed. Raises ConnectionError while Kafka does not
    listen.
    """
    host, port = bootstrap.split(",")[0].rsplit(":", 1)
    if not is_listening(int(port), host):  # the admin client would block for half a minute
        raise ConnectionError(f"Kafka does not listen on {host}:{port}")
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        for topic in topics:
            configs = _retention(days) if (days := (retention_days or {}).get(topic)) else None
            try:
                new = NewTopic(topic, num_partitions=partitions, replication_factor=1, topic_configs=configs)
                admin.create_topics([new])
            except TopicAlreadyExistsError:
                if configs:
                    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs)])
    finally:
        admin.close()
