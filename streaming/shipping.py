"""Ships our code to the executors of a cluster: an archive that Spark unpacks into the working folder of each.

Executors need nothing of ours beforehand but Python. The packages that a worker imports are shipped by `comptoir stream
submit` (packages.py), or with a whole environment (as `venv-pack` or `conda-pack` make it), or stand in an image. See
docs/scaling.md. Works the same with `spark://`, `k8s://` and `yarn`, because all of them unpack `spark.archives`.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from comptoir.repository import REPOSITORY

# what stages.py imports on an executor, and what that imports
ROOMS = ("comptoir", "events", "ingestion", "privacy", "recommendations", "streaming")
SUFFIXES = (".py", ".sql")
CODE, ENVIRONMENT, PACKAGES = (
    "comptoir_code",
    "comptoir_environment",
    "comptoir_packages",
)  # folders below an executor's working folder


def ship_code(folder: Path, environment: Path | None = None, packages: Path | None = None) -> dict[str, str]:
    """Write the archive into `folder`; returns the options of a Spark session that ship it.

    `environment`: an archive of a Python environment to ship as well, or None when the executors have one
    (`spark.pyspark.python`, or PYSPARK_PYTHON). `packages`: an archive of packages.py, for executors that have Python
    alone. Raises OSError.
    """
    archive = folder / f"{CODE}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for room in ROOMS:
            for file in sorted((REPOSITORY / room).rglob("*")):
                if file.suffix in SUFFIXES:
                    tar.add(file, file.relative_to(REPOSITORY))
    archives = [f"{archive}#{CODE}"]
    options = {"spark.executorEnv.PYTHONPATH": CODE}
    if packages:
        archives.append(f"{packages}#{PACKAGES}")
        options["spark.executorEnv.PYTHONPATH"] = f"{CODE}:{PACKAGES}"
    if environment:
        archives.append(f"{environment}#{ENVIRONMENT}")
        options["spark.pyspark.python"] = f"{ENVIRONMENT}/bin/python"
    return options | {"spark.archives": ",".join(archives)}
