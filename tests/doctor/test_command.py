"""`comptoir doctor` on ten broken installations: the command names the fault of each, and no other installation's."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from typer.testing import CliRunner

from cli.app import app
from comptoir.settings import get_settings
from local.ports import find_free_port


@dataclass
class Installation:
    """A data folder, and what the environment says."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    held: list[socket.socket] = field(default_factory=list)


def old_java(at: Installation) -> None:
    (at.folder / "bin").mkdir()
    java = at.folder / "bin" / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.22\"' >&2\n")
    java.chmod(0o755)
    at.environment["PATH"] = f"{at.folder / 'bin'}:/usr/bin:/bin"


def nothing_fetched(at: Installation) -> None:
    at.environment["COMPTOIR_LIB_DIR"] = str(at.folder / "none")


def a_real_shop_with_the_demo_s_key(at: Installation) -> None:
    at.environment |= {"COMPTOIR_DEMO_SHOP": "false", "COMPTOIR_SHOP_PLATFORM": "magento"}
    at.environment["COMPTOIR_SHOP_URL"] = "http://127.0.0.1:1"


def secrets_that_all_may_read(at: Installation) -> None:
    (at.folder / "secrets.env").write_text("COMPTOIR_PSEUDONYM_KEY=x\n")
    (at.folder / "secrets.env").chmod(0o644)


def a_full_disk(at: Installation) -> None:
    at.environment["COMPTOIR_DISK_FREE_LIMIT"] = "0.9999"


def a_taken_port(at: Installation) -> None:
    at.held.append(socket.create_server(("127.0.0.1", 0)))
    at.environment["COMPTOIR_STOREFRONT_PORT"] = str(at.held[0].getsockname()[1])


def a_warehouse_that_is_away(at: Installation) -> None:
    at.environment["COMPTOIR_POSTGRES_URL"] = "postgresql://nobody:x@127.0.0.1:1/none"


def a_broker_that_is_away(at: Installation) -> None:
    at.environment["COMPTOIR_KAFKA_BOOTSTRAP"] = "127.0.0.1:1"


def a_certificate_that_has_ended(at: Installation) -> None:
    ended = trustme.CA().issue_cert("shop.example", not_after=datetime.now(UTC) - timedelta(days=1))
    ended.cert_chain_pems[0].write_to_path(at.folder / "ended.pem")
    at.environment["COMPTOIR_WATCHED_CERTIFICATES"] = str(at.folder / "ended.pem")


def a_channel_that_is_none(at: Installation) -> None:
    at.environment["COMPTOIR_ALERT_CHANNELS"] = '{"team": "slack://not-a-token"}'


FAULTS: list[tuple[Callable[[Installation], None], tuple[str, ...]]] = [
    (old_java, ("Java 11", "17 or newer")),
    (nothing_fetched, ("source-shopify is not installed", "make setup")),
    (a_real_shop_with_the_demo_s_key, ("COMPTOIR_PSEUDONYM_KEY is the value of the demo", "set your own")),
    (secrets_that_all_may_read, ("secrets.env", "chmod 600")),
    (a_full_disk, ("% of the disk", "free space")),
    (a_taken_port, ("COMPTOIR_STOREFRONT_PORT", "choose another port")),
    (a_warehouse_that_is_away, ("port 1 failed", "COMPTOIR_POSTGRES_URL")),
    (a_broker_that_is_away, ("127.0.0.1:1", "COMPTOIR_KAFKA_BOOTSTRAP")),
    (a_certificate_that_has_ended, ("has ended", "renew it")),
    (a_channel_that_is_none, ("does not understand the address of team",)),
]


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of this machine, nothing that runs on it, and none left after the test."""
    for name in [name for name in os.environ if name.startswith("COMPTOIR_")]:
        monkeypatch.delenv(name)
    for name in ("POSTGRES", "KAFKA", "DAGSTER", "DEMO_SHOP"):
        monkeypatch.setenv(f"COMPTOIR_{name}_PORT", str(find_free_port()))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def examined(at: Installation, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Exit code and output of the command."""
    with monkeypatch.context() as environment:
        for name, value in (at.environment | {"COMPTOIR_DATA_DIR": str(at.folder)}).items():
            environment.setenv(name, value)
        get_settings.cache_clear()
        result = CliRunner().invoke(app, ["doctor", "--quiet"])
    for held in at.held:
        held.close()
    return result.exit_code, result.output


def says(output: str, words: tuple[str, ...]) -> bool:
    """Whether one line has all the words."""
    return any(all(word in line for word in words) for line in output.splitlines())


@pytest.fixture
def sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is said of an installation in which nothing runs and nothing is broken."""
    folder = tmp_path / "sound"
    folder.mkdir(mode=0o700)
    at = Installation(folder, {"COMPTOIR_DISK_FREE_LIMIT": "0"})  # how full this machine's disk is, is not asked
    return examined(at, monkeypatch)[1]


@pytest.mark.parametrize(("fault", "words"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_the_command_names_the_fault(
    fault: Callable[[Installation], None], words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    at = Installation(folder)
    fault(at)
    code, output = examined(at, monkeypatch)
    assert code == 1
    assert says(output, words), output


def test_none_of_these_is_said_of_an_installation_that_is_only_not_started(sound: str) -> None:
    assert [words for _, words in FAULTS if says(sound, words)] == []
