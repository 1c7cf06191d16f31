"""Class-data sharing: a JVM maps the classes that an earlier one has parsed and verified, and starts in half the time.

`make setup` writes one archive for Kafka and one for Spark (local/class_archives.py), next to their jars. The JVM
itself compares an archive with its own version and with the jars; one that does not fit, or none, changes nothing.
https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
"""

from __future__ import annotations

from pathlib import Path

ARCHIVE = "classes.jsa"
SILENT = ("-Xlog:cds=off", "-Xlog:cds+dynamic=off")  # about an archive that does not fit


def with_archive(jars_dir: Path) -> list[str]:
    """Options of a JVM that uses the archive in `jars_dir`; none when there is no archive."""
    archive = jars_dir / ARCHIVE
    return [f"-XX:SharedArchiveFile={archive}", *SILENT] if archive.exists() else []


def writing_archive(archive: Path) -> list[str]:
    """Options of a JVM that writes, when it ends, the classes that it has loaded to `archive`."""
    return [f"-XX:ArchiveClassesAtExit={archive}", "-XX:TieredStopAtLevel=1", *SILENT]
