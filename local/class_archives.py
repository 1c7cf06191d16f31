"""`make setup`: the archives of classes with which Kafka and Spark start in half the time, made by starting each once.

They are an extra: where one cannot be written, everything works as without it.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from comptoir.class_archive import ARCHIVE, writing_archive
from comptoir.settings import get_settings
from local import kafka
from local.ports import find_free_port
from local.waiting import wait_until

SCHEMA = "id bigint, value binary"
END_WITHIN = 180  # seconds: a JVM writes its archive when it ends


def archive_kafka(jars_dir: Path, archive: Path) -> None:
    """Start a broker with a topic, and stop it.

    Raises OSError without Java, TimeoutError when the broker does not start or end, CalledProcessError.
    """
    with tempfile.TemporaryDirectory() as folder:
        port = find_free_port()
        properties = kafka.initialise(jars_dir, Path(folder), "127.0.0.1", port, find_free_port())
        command = kafka.command(jars_dir, properties, writing_archive(archive))
        broker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: kafka.create_topics(f"127.0.0.1:{port}", ["archived"], 1), "Kafka", END_WITHIN)
        finally:
            broker.terminate()
            _wait(broker)


def archive_spark(jars_dir: Path, archive: Path) -> None:
    """Run a plan like that of the stream's batches.

    Raises RuntimeError or OSError when Spark does not start, TimeoutError when it does not end.
    """
    from streaming.spark import start_spark  # imports PySpark

    spark = start_spark("local[1]", jars_dir, archive=writing_archive(archive))  # an archive is no base of another
    spark.range(3).selectExpr("id", "cast('{}' as binary) as value").mapInArrow(lambda rows: rows, SCHEMA).toArrow()
    jvm = spark.sparkContext._gateway.proc  # type: ignore[union-attr]  # py4j's, started by PySpark
    spark.stop()
    jvm.stdin.close()  # its sign to end
    _wait(jvm)


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Raises TimeoutError when the process does not end; it is killed."""
    try:
        process.wait(END_WITHIN)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise TimeoutError(f"a JVM did not end within {END_WITHIN} s") from error


def write_archive(write: Callable[[Path, Path], None], jars_dir: Path) -> None:
    """Let `write` make the archive in `jars_dir` anew; the old one stays until the new one is complete.

    Raises what `write` raises.
    """
    new = jars_dir / f"{ARCHIVE}.new"
    write(jars_dir, new)
    new.rename(jars_dir / ARCHIVE)


def main() -> None:
    """Write both at once. One that cannot be written is named and is no error."""
    settings = get_settings()
    wanted = {"Kafka": (archive_kafka, settings.kafka_jars_dir), "Spark": (archive_spark, settings.spark_jars_dir)}
    with ThreadPoolExecutor() as pool:
        writing = {name: pool.submit(write_archive, *how) for name, how in wanted.items()}
    for name, future in writing.items():
        if error := future.exception():
            print(f"{name} starts without an archive of its classes, which takes longer: {error}")  # noqa: T201


if __name__ == "__main__":
    main()
