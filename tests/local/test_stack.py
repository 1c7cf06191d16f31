"""A platform that `comptoir up` did not start is noticed before something is done to its data."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import stack


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose Postgres, as its command line says, runs without `comptoir up`."""
    (tmp_path / "postgres").mkdir()
    command = [sys.executable, "-c", "import sys; sys.stdin.read()", "-D", str(tmp_path / "postgres")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as server:
        yield tmp_path
        server.communicate()


def test_a_folder_without_processes_is_stopped(tmp_path: Path) -> None:
    stack.require_stopped(tmp_path)


def test_nothing_is_deleted_or_restored_below_a_server_of_systemd(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stack.runs_elsewhere(folder)
    with pytest.raises(RuntimeError, match=r"not by `comptoir up`: `systemctl stop comptoir\.target`"):
        stack.require_stopped(folder)
    monkeypatch.setattr(stack, "data_dir", lambda: folder)
    with pytest.raises(RuntimeError, match="not by `comptoir up`"):
        stack.clean()
    assert (folder / "postgres").exists()
