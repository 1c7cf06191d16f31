from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

from streaming.shipping import CODE, ENVIRONMENT, ship_code


def test_the_archive_alone_is_enough_to_import_what_a_worker_runs(tmp_path: Path) -> None:
    options = ship_code(tmp_path)
    archive, _, folder = options["spark.archives"].partition("#")
    assert folder == CODE == options["spark.executorEnv.PYTHONPATH"]
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / folder, filter="data")
    script = "import streaming.counter, streaming.stages, streaming.worker_daemon as d; print(d.__file__)"
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env={"PYTHONPATH": CODE}, capture_output=True)
    assert run.returncode == 0, run.stderr.decode()
    assert str(tmp_path / folder) in str((tmp_path / run.stdout.decode().strip()).resolve())


def test_an_environment_is_shipped_and_used(tmp_path: Path) -> None:
    options = ship_code(tmp_path, Path("/archives/environment.tar.gz"))
    assert options["spark.archives"].endswith(f",/archives/environment.tar.gz#{ENVIRONMENT}")
    assert options["spark.pyspark.python"] == f"{ENVIRONMENT}/bin/python"
