"""All examinations, in the order in which one would mend what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from comptoir.setting_secrets import mistakes_at_start
from comptoir.settings import Settings
from doctor.alerts import examine_alerts
from doctor.dagster import examine_dagster
from doctor.files import examine_files
from doctor.finding import Finding, blocks
from doctor.kafka import examine_kafka
from doctor.ports import examine_ports
from doctor.postgres import examine_postgres
from doctor.shop import examine_shop
from doctor.tools import examine_tools

EXAMINATIONS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    examine_tools,
    lambda settings: examine_settings(settings),
    examine_files,
    examine_ports,
    examine_postgres,
    examine_kafka,
    examine_shop,
    examine_dagster,
    examine_alerts,
)


def examine_settings(settings: Settings) -> Iterator[Finding]:
    """Settings of a real shop that are empty or have the demo's value."""
    for mistake in mistakes_at_start(settings):
        sentence, _, remedy = mistake.removesuffix(".").rpartition(": ")
        yield blocks("settings", f"{sentence}.", remedy)


def examine(settings: Settings, examinations: Iterable[Callable[[Settings], Iterator[Finding]]]) -> Iterator[Finding]:
    """Every finding. An examination that breaks is one itself, and the others go on."""
    for examination in examinations:
        try:
            yield from examination(settings)
        except Exception as error:
            reason = " ".join(str(error).split())
            yield blocks(
                "doctor", f"an examination broke: {type(error).__name__}: {reason}.", "report it with this line"
            )
