"""Why reading or landing clicks stops. Apart from what raises them, so that who catches them need not import Kafka."""

from __future__ import annotations


class KafkaUnavailable(RuntimeError):
    """Kafka cannot be reached, lacks a topic, or has stopped answering."""


class KafkaDataLoss(RuntimeError):
    """The log no longer holds the next offsets to read: records expired, or the topic was created again."""


class WarehouseUnavailable(RuntimeError):
    """Postgres cannot be reached, has gone away or has no space; of the batch being written nothing was committed."""


class LanderBusy(RuntimeError):
    """Other landers of the same group hold every partition, or have landed these records in the meantime."""
