"""The archives of classes that `make setup` writes are used, and one that does not fit is passed over in silence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from comptoir.class_archive import ARCHIVE, with_archive, writing_archive
from comptoir.settings import get_settings
from local.class_archives import write_archive
from local.kafka import java


def run(command: list[str]) -> str:
    """Standard output and error of a JVM that has to succeed."""
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
    ).stdout


def test_without_an_archive_the_jvm_gets_no_options(tmp_path: Path) -> None:
    assert with_archive(tmp_path) == []


def test_an_archive_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ARCHIVE).write_text("no archive")
    said = run(["java", *with_archive(tmp_path), "-version"])
    assert said == run(["java", "-version"]).replace(", sharing", "")


def test_a_failed_writing_leaves_the_archive_that_was_there(tmp_path: Path) -> None:
    (tmp_path / ARCHIVE).write_text("old")

    def fails(_: Path, new: Path) -> None:
        new.write_text("half")
        raise TimeoutError("a JVM did not end")

    with pytest.raises(TimeoutError):
        write_archive(fails, tmp_path)
    assert (tmp_path / ARCHIVE).read_text() == "old"


@pytest.mark.services
def test_what_one_jvm_wrote_the_next_one_loads(tmp_path: Path) -> None:
    jars = get_settings().kafka_jars_dir
    tool = ("kafka.tools.StorageTool", "random-uuid")
    run(java(jars, *tool, options=writing_archive(tmp_path / ARCHIVE)))
    loaded = run(java(jars, *tool, options=[*with_archive(tmp_path), "-Xlog:class+load"]))
    assert "kafka.tools.StorageTool source: shared objects file (top)" in loaded
