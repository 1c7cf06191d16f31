"""Postgres and Kafka that answer by TLS only: certificates made here, Kafka's users by SCRAM and with access lists."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from kafka import KafkaAdminClient
from kafka.admin import ACL, ACLOperation, ACLPermissionType, NewTopic, ResourcePattern, ResourceType
from kafka.errors import TopicAlreadyExistsError

from benchmarks.support.servers import stopped_at_exit
from comptoir.kafka_access import KAFKA_USERS, MECHANISM, KafkaAccess
from comptoir.settings import get_settings
from local import kafka
from local.ports import find_free_port
from local.waiting import wait_until

HOST = "127.0.0.1"
PASSWORD = "only-of-a-test"
ADMIN = "admin"
# as docs/tls.md: what each user does with which of the topics (clicks, refused clicks)
READS, WRITES = ACLOperation.READ, ACLOperation.WRITE
ASKS, DELETES = ACLOperation.DESCRIBE, ACLOperation.DELETE
ACCESS = {
    "collector": ([WRITES, ASKS], (0, 1)),
    "stream": ([READS, ASKS], (0,)),
    "lander": ([READS, ASKS], (0, 1)),
    "watcher": ([ASKS], (0, 1)),
    "privacy": ([DELETES, ASKS], (0, 1)),
}

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=SASL_SSL://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=SASL_SSL://{host}:{port}
inter.broker.listener.name=SASL_SSL
controller.listener.names=CONTROLLER
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms={mechanism}
sasl.mechanism.inter.broker.protocol={mechanism}
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
username="{admin}" password="{password}";
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{admin};User:ANONYMOUS
log.dirs={folder}/log
offsets.topic.replication.factor=1
auto.create.topics.enable=false
"""


def make_authority(folder: Path) -> tuple[trustme.CA, Path]:
    """A new authority, and the file that its clients trust."""
    authority, file = trustme.CA(), folder / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return authority, file


@contextmanager
def tls_postgres(folder: Path, authority: trustme.CA) -> Iterator[str]:
    """The superuser's URL (database `postgres`, no options) of a server that refuses who comes without TLS.

    The system's, because the embedded server is built without TLS; the test is skipped where there is none.
    """
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        pytest.skip("no Postgres of the system: `make setup` as root brings it")
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    data_dir, port = folder / "postgres", find_free_port()
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    data_dir.mkdir()
    password = folder / "password"
    password.write_text(PASSWORD)
    certificate = authority.issue_cert(HOST)
    if user:
        shutil.chown(data_dir, user, user)
        shutil.chown(password, user, user)
    initialise = [str(binaries[0] / "initdb"), "-U", "owner", "-E", "utf8", "--locale=C.UTF-8", "-A", "scram-sha-256"]
    subprocess.run(
        [*initialise, f"--pwfile={password}", "-D", str(data_dir)], check=True, capture_output=True, user=user, cwd="/"
    )
    certificate.cert_chain_pems[0].write_to_path(str(data_dir / "server.crt"))
    certificate.private_key_pem.write_to_path(str(data_dir / "server.key"))
    (data_dir / "server.key").chmod(0o600)
    if user:
        shutil.chown(data_dir / "server.crt", user, user)
        shutil.chown(data_dir / "server.key", user, user)
    (data_dir / "pg_hba.conf").write_text("hostssl all all all scram-sha-256\n")
    options = {"ssl": "on", "fsync": "off", "unix_socket_directories": ""}
    given = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    server = [str(binaries[0] / "postgres"), "-D", str(data_dir), "-h", HOST, "-p", str(port), *given]
    url = f"postgresql://owner:{PASSWORD}@{HOST}:{port}/postgres"
    with stopped_at_exit(server, folder / "postgres.log", user=user, cwd="/"):
        wait_until(lambda: psycopg.connect(f"{url}?sslmode=require").close(), "Postgres with TLS", seconds=60)
        yield url


@contextmanager
def tls_kafka(folder: Path, authority: trustme.CA, authority_file: Path, topics: tuple[str, str]) -> Iterator[str]:
    """Brokers that know the users of Kafka, each with its rights on the two topics and `PASSWORD`."""
    port, jars, data = find_free_port(), get_settings().kafka_jars_dir, folder / "kafka"
    data.mkdir()
    keystore = data / "server.pem"
    certificate = authority.issue_cert(HOST)
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    # the one format that Kafka reads
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    keystore.write_bytes(text + b"".join(chain.bytes() for chain in certificate.cert_chain_pems))
    properties = data / "server.properties"
    properties.write_text(
        PROPERTIES.format(
            host=HOST, port=port, controller_port=find_free_port(), mechanism=MECHANISM, admin=ADMIN, folder=data,
            password=PASSWORD, keystore=keystore, authority=authority_file,
        )
    )  # fmt: skip
    cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    formatting = kafka.java(jars, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}")
    users = [
        word
        for user in (ADMIN, *KAFKA_USERS)
        for word in ("--add-scram", f"{MECHANISM}=[name={user},password={PASSWORD}]")
    ]
    subprocess.run([*formatting, "-c", str(properties), *users], check=True, capture_output=True, timeout=120)
    brokers = f"{HOST}:{port}"
    with stopped_at_exit(kafka.command(jars, properties), folder / "kafka.log"):
        admin = KafkaAccess(brokers, ADMIN, PASSWORD, authority_file)
        wait_until(lambda: _grant(admin, topics), "Kafka with TLS", seconds=90)
        yield brokers


def _grant(access: KafkaAccess, topics: tuple[str, str]) -> None:
    admin = KafkaAdminClient(**access.for_python, bootstrap_timeout_ms=3_000)
    try:
        with suppress(TopicAlreadyExistsError):  # an earlier try came so far
            admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1) for topic in topics])
        admin.create_acls(
            [
                ACL(f"User:{user}", "*", right, ACLPermissionType.ALLOW,
                    ResourcePattern(ResourceType.TOPIC, topics[place]))
                for user, (rights, places) in ACCESS.items() for right in rights for place in places
            ]
        )  # fmt: skip
    finally:
        admin.close()
