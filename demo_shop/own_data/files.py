"""Finds catalogues (JSON lines) and clickstreams (CSV) in a folder, by what is in the files."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

CATALOGUE_FIELDS = {"id", "title", "price"}
CLICKSTREAM_FIELDS = {"event_time", "event_type", "product_id", "user_session"}


@dataclass(slots=True)
class DataFiles:
    """The files found, in the order of their paths."""

    catalogues: list[Path] = field(default_factory=list)
    clickstreams: list[Path] = field(default_factory=list)
    ignored: dict[Path, str] = field(default_factory=dict)  # with the reason


def find_data_files(directory: Path) -> DataFiles:
    """The data files below `directory`. Raises ValueError when it is no folder, or there is no file of either kind."""
    if not directory.is_dir():
        raise ValueError(f"{directory} is not a folder: DATA must name the folder with your catalogue and clickstream.")
    found = DataFiles()
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        name = path.name.removesuffix(".gz")
        if name.endswith(".jsonl"):
            _sort_in(path, _missing_in_catalogue(path), found.catalogues, found)
        elif name.endswith(".csv"):
            _sort_in(path, _missing_in_clickstream(path), found.clickstreams, found)
        else:
            found.ignored[path] = "neither .jsonl nor .csv"
    if not found.catalogues and not found.clickstreams:
        raise ValueError(
            f"{directory} contains no catalogue (.jsonl with {', '.join(sorted(CATALOGUE_FIELDS))}) and no clickstream "
            f"(.csv with {', '.join(sorted(CLICKSTREAM_FIELDS))}); see docs/bring-your-data.md."
        )
    return found


def open_text(path: Path) -> IO[str]:
    """A UTF-8 text file, gzipped or not. A byte-order mark is skipped, invalid bytes become U+FFFD."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line number from 1, line) of all lines that are not blank."""
    with open_text(path) as lines:
        yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _sort_in(path: Path, missing: str, kind: list[Path], found: DataFiles) -> None:
    if missing:
        found.ignored[path] = missing
    else:
        kind.append(path)


def _missing_in_catalogue(path: Path) -> str:
    try:
        first = json.loads(next(lines_of(path))[1])
    except (StopIteration, ValueError, OSError, EOFError):
        return "its first line is not a JSON object"
    if not isinstance(first, dict):
        return "its first line is not a JSON object"
    return _missing(CATALOGUE_FIELDS, first)


def _missing_in_clickstream(path: Path) -> str:
    try:
        with open_text(path) as lines:
            header = next(csv.reader(lines))
    except (StopIteration, csv.Error, OSError, EOFError):
        return "it has no header"
    return _missing(CLICKSTREAM_FIELDS, header)


def _missing(wanted: set[str], there: Iterable[str]) -> str:
    missing = sorted(wanted - set(there))
    return f"no {', '.join(missing)}" if missing else ""
