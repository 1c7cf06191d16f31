"""How a client reaches Kafka: its brokers, and where they ask for it a user over TLS."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

MECHANISM = "SCRAM-SHA-512"

# who logs in to Kafka, and may do there what docs/tls.md says
KafkaUser = Literal["collector", "stream", "lander", "watcher", "privacy"]
KAFKA_USERS: tuple[KafkaUser, ...] = get_args(KafkaUser)


@dataclass(frozen=True)
class KafkaAccess:
    """Brokers, as `host:port` with commas; as text that is all it shows. With a user: SASL over TLS.

    `authority` is a PEM file of those who signed the brokers' certificates; None: whom this machine trusts.
    """

    servers: str
    user: str = ""
    password: str = field(default="", repr=False)
    authority: Path | None = None

    def __str__(self) -> str:
        """The brokers, as messages name them."""
        return self.servers

    @property
    def for_python(self) -> dict[str, Any]:
        """Arguments of kafka-python's clients."""
        if not self.user:
            return {"bootstrap_servers": self.servers}
        return {
            "bootstrap_servers": self.servers,
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
            "ssl_check_hostname": True,
            "ssl_cafile": str(self.authority) if self.authority else None,
        }

    @property
    def for_java(self) -> dict[str, str]:
        """Properties of Kafka's own client, which Spark uses."""
        if not self.user:
            return {"bootstrap.servers": self.servers}
        login = f"username={_quoted(self.user)} password={_quoted(self.password)}"
        found = {
            "bootstrap.servers": self.servers,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": MECHANISM,
            "sasl.jaas.config": f"org.apache.kafka.common.security.scram.ScramLoginModule required {login};",
        }
        if self.authority:
            found |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(self.authority)}
        return found


Bootstrap: TypeAlias = str | KafkaAccess  # brokers alone are reached without a user, in plaintext


def access_of(bootstrap: Bootstrap) -> KafkaAccess:
    """The access that brokers alone stand for."""
    return KafkaAccess(bootstrap) if isinstance(bootstrap, str) else bootstrap


def _quoted(value: str) -> str:
    """A value as JAAS reads it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
