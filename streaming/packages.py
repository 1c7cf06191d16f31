"""Packs the Python packages that a worker imports into an archive, for executors that have nothing but Python.

It is made from the packages that are installed here, so executors run the very versions that were tested; they need the
same minor version of Python and the same kind of machine. PySpark is not in it: an executor has Spark's own.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

# what our rooms import on a worker (tests/streaming/test_packages.py imports them all from an archive)
NEEDED = (
    "crawler-user-agents",
    "crawlerdetect",
    "google-re2",
    "msgspec",
    "numba",
    "numpy",
    "packaging",
    "psycopg[binary]",
    "pyarrow",
    "pydantic-settings",
    "structlog",
)
UNUSED = frozenset({"tests", "include", "__pycache__"})  # folders
COMPRESSION = 1  # of 9: what is packed once is unpacked by each executor


def pack_packages(folder: Path) -> Path:
    """The archive in `folder`, made if it is not there yet for the packages that are installed.

    Raises importlib.metadata.PackageNotFoundError when one of them is not.
    """
    found = distributions()
    names = sorted(f"{name}=={one.version}" for name, one in found.items())
    digest = hashlib.sha256(" ".join([sys.version, *names]).encode()).hexdigest()[:12]
    archive = folder / f"packages-{digest}.tar.gz"
    if not archive.exists():
        folder.mkdir(parents=True, exist_ok=True)
        begun = archive.with_suffix(".part")
        with tarfile.open(begun, "w:gz", compresslevel=COMPRESSION) as tar:
            for file, name in _files(found):
                tar.add(file, name)
        begun.rename(archive)
    return archive


def distributions() -> dict[str, importlib.metadata.Distribution]:
    """NEEDED and what they depend on, by name."""
    found: dict[str, importlib.metadata.Distribution] = {}
    wanted = [Requirement(text) for text in NEEDED]
    while wanted:
        requirement = wanted.pop()
        if not any(_applies(requirement, extra) for extra in ("", *requirement.extras)):
            continue
        name = requirement.name.lower().replace("_", "-")
        is_new = name not in found
        found[name] = importlib.metadata.distribution(requirement.name)
        for text in found[name].requires or []:
            inner = Requirement(text)
            extras = requirement.extras or {""}
            if (is_new and _applies(inner, "")) or any(_applies(inner, extra) for extra in extras - {""}):
                inner.marker = None
                wanted.append(inner)
    return found


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _files(found: dict[str, importlib.metadata.Distribution]) -> Iterator[tuple[Path, str]]:
    for one in found.values():
        for file in one.files or []:
            if not UNUSED.intersection(file.parts) and ".." not in file.parts:
                path = Path(str(one.locate_file(file)))
                if path.is_file():
                    yield path, str(file)
