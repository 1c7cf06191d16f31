"""The archive for executors names what a worker imports. tests/faults/test_spark_cluster.py runs with nothing else."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from streaming import packages
from streaming.packages import distributions, pack_packages


def test_what_a_worker_imports_and_what_that_needs_is_named() -> None:
    found = distributions()
    assert {"numba", "llvmlite", "numpy", "psycopg", "psycopg-binary", "pyarrow", "pydantic-core"} <= found.keys()
    assert not {"pyspark", "dagster", "pytest", "pandas"} & found.keys()


def test_the_archive_is_made_once_for_the_packages_that_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "NEEDED", ("structlog",))
    archive = pack_packages(tmp_path)
    made = archive.stat().st_mtime_ns
    assert pack_packages(tmp_path) == archive and archive.stat().st_mtime_ns == made
    with tarfile.open(archive) as tar:
        assert "structlog/__init__.py" in tar.getnames()
    monkeypatch.setattr(packages, "NEEDED", ("structlog", "packaging"))
    assert pack_packages(tmp_path) != archive
