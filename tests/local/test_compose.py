"""The compose file, against the schema of the Compose specification, and the Containerfile, read by hadolint."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import yaml

from comptoir.logins import LOGINS, password_of
from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from local.compose import FILE, write_compose
from local.preparation import with_environments

PASSWORDS = {password_of(login): f"{login}-secret" for login in LOGINS}
VOLUMES = ["data:/var/lib/comptoir", "/mnt/backup/wal:/mnt/backup/wal"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings = Settings(data_dir=tmp_path / "data", demo_shop=False, **PASSWORDS)
    written = write_compose(with_environments(settings), {"PATH": "/usr/bin"}, tmp_path, "comptoir:1", VOLUMES)
    assert all(file.exists() for file in written)
    return tmp_path


@pytest.fixture
def containers(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.decode((folder / FILE).read_bytes())["services"]
    return found


def test_it_is_valid(folder: Path) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run([*check, str(folder / FILE)], capture_output=True, text=True)
    assert not checked.returncode, checked.stdout
    (folder / FILE).write_text((folder / FILE).read_text().replace("network_mode", "network"))
    assert subprocess.run([*check, str(folder / FILE)], capture_output=True).returncode, "the check finds a mistake"


def test_each_container_is_given_its_own_secrets_and_no_other(folder: Path, containers: dict[str, Any]) -> None:
    assert {"postgres", "kafka", "collector", "stream", "dagster-code", "alerts"} <= containers.keys()
    for name, container in containers.items():
        files = [folder / file for file in container["env_file"]]
        assert {file.stem for file in files} <= {"common", name}
        assert all(file.exists() and stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files), name
        told = "".join(file.read_text() for file in files)
        assert ("stream-secret" in told) is (name in ("stream", "dagster-code")), name
        assert ("storefront-secret" in told) is (name == "storefront"), name
    assert "-secret" not in (folder / FILE).read_text()


def test_they_start_in_order_and_may_do_little(containers: dict[str, Any]) -> None:
    assert set(containers["prepare"]["depends_on"]) == {"postgres", "kafka"}
    for name, container in containers.items():
        assert container["cap_drop"] == ["ALL"] and container["volumes"] == VOLUMES
        assert ("depends_on" in container) is (name not in ("postgres", "kafka")), name
        assert container["read_only"] is (name != "dagster-code"), name
    assert containers["collector"]["cpu_shares"] == 4 * containers["dashboard"]["cpu_shares"]


def test_the_containerfile_has_no_mistake() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    checked = subprocess.run([str(hadolint), str(REPOSITORY / "Containerfile")], capture_output=True, text=True)
    assert not checked.returncode and not checked.stdout, checked.stdout
