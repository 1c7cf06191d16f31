"""Units for systemd: as systemd itself reads them, with the secrets of each process in a file of its own."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from comptoir.logins import LOGINS, password_of
from comptoir.settings import Settings
from local.preparation import with_environments
from local.services import Service
from local.systemd import write_units

PASSWORDS = {password_of(login): f"{login}-secret" for login in LOGINS}
COMMON = {"COMPTOIR_DATA_DIR": "/var/lib/comptoir", "PATH": "/usr/bin"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings = Settings(data_dir=tmp_path / "data", **PASSWORDS)
    settings.data_dir.mkdir()
    write_units(with_environments(settings), COMMON, tmp_path / "units", settings.data_dir, [settings.data_dir])
    return tmp_path


def unit(folder: Path, process: str) -> str:
    return (folder / "units" / f"comptoir-{process}.service").read_text()


def test_systemd_finds_no_mistake_in_them(folder: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    units = [str(file) for file in (folder / "units").iterdir()]
    verified = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert not verified.returncode and not verified.stderr


def test_a_process_is_given_its_own_secrets_and_no_other(folder: Path) -> None:
    files = {file.stem: file for file in (folder / "data" / "environments").iterdir()}
    assert {"common", "stream", "storefront", "dagster-code"} <= set(files)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files.values())
    assert "secret" not in files["common"].read_text()
    assert (
        "storefront-secret" in files["storefront"].read_text()
        and "stream-secret" not in files["storefront"].read_text()
    )
    assert [line for line in unit(folder, "storefront").splitlines() if line.startswith("EnvironmentFile=")] == [
        f"EnvironmentFile={files['common']}",
        f"EnvironmentFile={files['storefront']}",
    ]
    assert not any("-secret" in file.read_text() for file in (folder / "units").iterdir())


def test_what_needs_the_database_waits_until_it_is_prepared(folder: Path) -> None:
    prepared = "Requires=comptoir-prepare.service"
    assert prepared in unit(folder, "stream") and prepared in unit(folder, "dagster-daemon")
    assert "Requires=comptoir-postgres.service comptoir-kafka.service" in unit(folder, "prepare")
    assert "Requires" not in unit(folder, "postgres")
    assert "Type=oneshot" in unit(folder, "prepare") and "Restart=always" in unit(folder, "postgres")
    assert "KillSignal=SIGINT" in unit(folder, "postgres") and "KillMode=mixed" in unit(folder, "stream")


def test_the_target_starts_all(folder: Path) -> None:
    target = (folder / "units" / "comptoir.target").read_text()
    for file in (folder / "units").glob("*.service"):
        assert file.name in target


def test_clicks_come_before_runs_when_the_processors_are_busy(folder: Path) -> None:
    assert "CPUWeight=400" in unit(folder, "collector") and "CPUWeight=100" in unit(folder, "dagster-code")


def test_a_command_arrives_as_it_is(tmp_path: Path) -> None:
    odd = Service("odd", ["/bin/echo", "100% of $HOME", 'a "word"', "back\\slash"], lambda: None)
    write_units([odd], {}, tmp_path / "units", tmp_path, [tmp_path])
    assert r'ExecStart="/bin/echo" "100%% of $$HOME" "a \"word\"" "back\\slash"' in unit(tmp_path, "odd")
