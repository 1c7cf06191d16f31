"""The stream as a process of its own, as its supervisor runs it. A test may kill it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg

from comptoir.environment import child_environment
from comptoir.repository import REPOSITORY
from local.waiting import wait_until


class StreamProcess:
    """`python -m streaming.job` with a data folder below `folder`; `settings` are more environment variables."""

    def __init__(
        self,
        kafka: str,
        database: str,
        topic: str,
        folder: Path,
        command: Sequence[str] = ("-m", "streaming.job"),
        **settings: str,
    ) -> None:
        """`command`: what Python runs."""
        self.command = command
        self.database = database
        self.connection = psycopg.connect(database, autocommit=True)
        self.log = folder / "stream.log"
        self.data_dir = folder / "data"
        self.data_dir.mkdir()
        self.started: list[subprocess.Popen[bytes]] = []
        changes = {
            "COMPTOIR_DATA_DIR": str(self.data_dir),
            "COMPTOIR_KAFKA_BOOTSTRAP": kafka,
            "COMPTOIR_POSTGRES_URL": database,
            "COMPTOIR_CLICKS_TOPIC": topic,
            "COMPTOIR_STREAM_MAX_OFFSETS_PER_TRIGGER": "150",
            **settings,
        }
        self.environment = child_environment(changes)

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """Start the job, in addition to any that runs."""
        with self.log.open("ab") as output:
            command = [sys.executable, *self.command, *options]
            process = subprocess.Popen(
                command, cwd=REPOSITORY, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        self.started.append(process)
        return process

    def read(self) -> int:
        """Records that the stream has processed and committed."""
        [(read,)] = self.connection.execute("select coalesce(sum(next_offset), 0) from serving.stream_offsets")
        return int(read)

    def wait_for(self, offsets: int) -> None:
        """Return when so many records are committed; raises TimeoutError with the end of the log after 180 seconds."""

        def check() -> None:
            if (read := self.read()) < offsets:
                log = self.log.read_text()[-2000:]
                raise RuntimeError(f"the stream read {read} of {offsets} records; its log ends: {log}")

        wait_until(check, "the stream", seconds=400, every=0.02)

    def stop(self) -> None:
        """Kill what still runs and close the connection."""
        for started in self.started:
            if started.poll() is None:
                started.kill()
                started.wait(60)
        self.connection.close()
