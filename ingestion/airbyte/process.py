"""An Airbyte connector as a child process: started in a private folder, read line by line, always ended.

The child never outlives this process: it leads a process group that is ended when the context is left for whatever
reason. On Linux it is also killed when this process is killed; elsewhere it then ends at the next line it prints,
because its pipe is broken.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from comptoir.environment import child_environment
from ingestion.airbyte.protocol import ErrorTrace, Log, Message, parse_line
from ingestion.connectors.spec import ConnectorSpec
from ingestion.masking import MAX_CHARACTERS, own_words, without_values
from ingestion.sync_report import IngestionError

PATIENCE_SECONDS = 5.0  # between SIGTERM and SIGKILL
_READ_BUFFER = 1 << 20
_LEVELS = {"FATAL": logging.CRITICAL, "ERROR": logging.ERROR, "WARN": logging.WARNING, "INFO": logging.INFO}


class ConnectorError(IngestionError):
    """The connector is missing, wrongly configured or failed; the message is one sentence for the user."""


class ConnectorProcess:
    """One run of a connector: a context manager; iterate over its messages, then read `exit_code` and `error()`.

    Entering it raises ConnectorError when the connector is not installed.
    """

    def __init__(
        self, connector: ConnectorSpec, command: str, files: dict[str, Any], work_dir: Path, seconds: float
    ) -> None:
        """`files`: JSON content per option (config, catalog, state). `seconds`: time limit, then the child is ended.

        The private folder of the run, with these files, is created in `work_dir` and deleted at the end.
        """
        self.connector = connector
        self.timed_out = False
        self._command = command
        self._files = files
        self._work_dir = work_dir
        self._seconds = seconds
        self._errors: list[ErrorTrace] = []
        self._log = logging.getLogger(f"comptoir.{connector.name}")

    def __enter__(self) -> ConnectorProcess:
        if not self.connector.executable.exists():
            raise ConnectorError(
                f"connector {self.connector.name} is not installed at {self.connector.executable}: run `make setup`"
            )
        self._work_dir.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=f"{self.connector.name}-", dir=self._work_dir))  # mode 0700
        arguments = [self._command]
        for option, content in self._files.items():
            file = self._folder / f"{option}.json"
            file.write_text(json.dumps(content))
            arguments += [f"--{option}", str(file)]
        self._stderr = (self._folder / "stderr").open("w+b")
        self._process = subprocess.Popen(
            [*_dies_with_us(), str(self.connector.executable), *arguments],
            cwd=self._folder,
            env=child_environment(self.connector.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            bufsize=_READ_BUFFER,
            start_new_session=True,
        )
        self._timer = threading.Timer(self._seconds, self._on_time_limit)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._end()
        if self._process.stdout:
            self._process.stdout.close()
        self._stderr.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __iter__(self) -> Iterator[Message]:
        """Messages as they come; log lines go to the logger `comptoir.<connector>`, errors are kept for `error()`."""
        assert self._process.stdout
        for line in self._process.stdout:
            message = parse_line(line)
            if message is None:
                text = line[:MAX_CHARACTERS].decode(errors="replace").strip()
                self._log.warning("not a message: %s", own_words(self._without_secrets(text))[:500])
            elif message.log:
                self._log_line(message.log)
            else:
                if message.trace and message.trace.error:
                    self._errors.append(message.trace.error)
                yield message
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE_SECONDS)

    def _log_line(self, line: Log) -> None:
        level = _LEVELS.get(line.level, logging.DEBUG)
        if level == logging.WARNING and any(text in line.message for text in self.connector.expected):
            level = logging.DEBUG
        masked = own_words if level >= logging.WARNING else without_values
        self._log.log(level, masked(self._without_secrets(line.message)))

    @property
    def exit_code(self) -> int | None:
        """Of the ended child, negative for the signal that ended it; None while it runs."""
        return self._process.poll()

    def error(self, stream: str | None = None) -> str | None:
        """Why a stream (or the run, when no stream is named) failed, in one sentence; None when it did not."""
        traces = {trace.stream_descriptor.name if trace.stream_descriptor else None: trace for trace in self._errors}
        if stream in traces:
            return self._sentence(traces[stream])
        if self.timed_out:
            return f"{self.connector.name} was stopped at its time limit of {self._seconds:g} s"
        if self.exit_code in (0, None):
            return None
        if traces and not stream:  # the sign-in is tried with a stream that was not requested
            return self._sentence(self._errors[-1])
        end = f"exit code {self.exit_code}"
        if (self.exit_code or 0) < 0:
            end = f"signal {signal.Signals(-(self.exit_code or 0)).name}"
        last = self._last_stderr_line()
        return f"{self.connector.name} ended with {end}" + (f": {last}" if last else "")

    def _sentence(self, trace: ErrorTrace) -> str:
        # the generic message only refers to a log; the internal one says what happened
        is_generic = trace.message.startswith("Something went wrong in the connector")
        text = (trace.internal_message if is_generic else None) or trace.message
        return own_words(self._without_secrets(" ".join(text.split())))[:500]

    def _last_stderr_line(self) -> str:
        self._stderr.seek(max(0, self._stderr.seek(0, os.SEEK_END) - 8192))
        lines = [line.strip() for line in self._stderr.read().decode(errors="replace").splitlines()]
        return own_words(self._without_secrets(next((line for line in reversed(lines) if line), "")))[:500]

    def _without_secrets(self, text: str) -> str:
        for secret in self.connector.secrets:
            text = text.replace(secret, "****") if secret else text
        return text

    def _on_time_limit(self) -> None:
        self.timed_out = True
        self._end()

    def _end(self) -> None:
        """End the process group: SIGTERM, and SIGKILL after PATIENCE_SECONDS."""
        for number, patience in ((signal.SIGTERM, PATIENCE_SECONDS), (signal.SIGKILL, None)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
                if number == signal.SIGKILL or not _group_exists(self._process.pid):
                    return


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _dies_with_us() -> list[str]:
    setpriv = shutil.which("setpriv")  # util-linux
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
