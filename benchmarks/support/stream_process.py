"""The stream as its supervisor runs it: a process of its own, that a test may kill."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from comptoir.settings import REPOSITORY, get_settings
from local.waiting import wait_until


class StreamProcess:
    """`python -m streaming.job` with a data folder of its own; `settings` are environment variables."""

    def __init__(self, kafka: str, database: str, topic: str, folder: Path, **settings: str) -> None:
        self.database = database
        self.connection = psycopg.connect(database, autocommit=True)
        self.log = folder / "stream.log"
        self.data_dir = folder / "data"
        self.data_dir.mkdir()
        (self.data_dir / "lib").symlink_to(get_settings().data_dir / "lib")
        self.started: list[subprocess.Popen[bytes]] = []
        self.environment = os.environ | {
            "COMPTOIR_DATA_DIR": str(self.data_dir),
            "COMPTOIR_KAFKA_BOOTSTRAP": kafka,
            "COMPTOIR_POSTGRES_URL": database,
            "COMPTOIR_CLICKS_TOPIC": topic,
            "COMPTOIR_STREAM_MAX_OFFSETS_PER_TRIGGER": "150",
            **settings,
        }

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            command = [sys.executable, "-m", "streaming.job", *options]
            process = subprocess.Popen(
                command, cwd=REPOSITORY, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        self.started.append(process)
        return process

    def read(self) -> int:
        """Records behind the fence."""
        [(read,)] = self.connection.execute("select coalesce(sum(next_offset), 0) from serving.stream_offsets")
        return int(read)

    def wait_for(self, offsets: int) -> None:
        def check() -> None:
            if self.read() < offsets:
                raise RuntimeError(f"read {self.read()}, waiting for {offsets}; log: {self.log.read_text()[-2000:]}")

        wait_until(check, "the stream", seconds=400, every=0.02)

    def stop(self) -> None:
        """End what was started, as gently as a test that failed deserves."""
        for started in self.started:
            if started.poll() is None:
                started.kill()
                started.wait(60)
        self.connection.close()
