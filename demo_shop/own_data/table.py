"""Reads a file of records, whatever its shape: CSV with any usual delimiter, JSON lines, or one JSON list.

Names of fields count without case and surrounding spaces, spaces in them as underscores. A record that cannot be read
is a sentence with the reason, and the rest goes on.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

ENDINGS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt")
DELIMITERS = ",;\t|"
MAX_FIELD = 10_000_000  # characters; Python's csv takes 131,072
Record = dict[str, Any]

READ_ERRORS = (OSError, EOFError, zlib.error)


class UnreadableFile(ValueError):
    """The file holds no records; the message says why."""


def fields_of(path: Path) -> set[str]:
    """Names of the fields of the first record that can be read. Raises UnreadableFile."""
    if not path.name.removesuffix(".gz").lower().endswith(ENDINGS):
        raise UnreadableFile(f"it ends in none of {', '.join(ENDINGS)}")
    problem = "it is empty"
    try:
        for _, record in islice(records_of(path), 100):
            if isinstance(record, dict):
                return set(record)
            problem = record
    except READ_ERRORS as error:
        problem = f"it cannot be read: {error}"
    raise UnreadableFile(problem)


def records_of(path: Path) -> Iterator[tuple[int, Record | str]]:
    """(line number from 1, record or why it is none) of a file; blank lines are skipped.

    Of a JSON list the numbers are those of its elements. Raises OSError, EOFError or zlib.error when the file cannot be
    read (any further).
    """
    with _open_text(path) as lines:
        start = _first_character(lines)
    with _open_text(path) as lines:
        if start == "[":
            yield from _of_list(lines)
        elif start == "{":
            yield from _of_lines(lines)
        else:
            yield from _of_csv(lines)


def _of_lines(lines: Iterable[str]) -> Iterator[tuple[int, Record | str]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _json_record(line)


def _of_list(lines: IO[str]) -> Iterator[tuple[int, Record | str]]:
    text = lines.read()
    try:
        elements = json.loads(text)
    except ValueError as error:
        # JSON lines may begin with a list by mistake: then each line is judged alone
        whole = f"it begins like a JSON list, which is broken: {error}"
        for number, record in _of_lines(text.splitlines()):
            yield number, record if isinstance(record, dict) else whole
        return
    for number, element in enumerate(elements, 1):
        yield number, _named(element) if isinstance(element, dict) else "not a JSON object"


def _of_csv(lines: IO[str]) -> Iterator[tuple[int, Record | str]]:
    csv.field_size_limit(MAX_FIELD)
    header = ""
    while not header.strip():
        if not (header := lines.readline()):
            return
    delimiter = max(DELIMITERS, key=header.count)
    names = [_name(name) for name in next(csv.reader([header], delimiter=delimiter, skipinitialspace=True))]
    rows = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield rows.line_num + 1, f"not a line of CSV: {error}"
            continue
        if any(value.strip() for value in row):
            yield rows.line_num + 1, dict(zip(names, (value.strip() for value in row), strict=False))


def _json_record(line: str) -> Record | str:
    try:
        element = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"JSON is malformed: {error}"
    return _named(element) if isinstance(element, dict) else "not a JSON object"


def _named(record: Record) -> Record:
    return {_name(name): value for name, value in record.items()}


def _name(name: str) -> str:
    return "_".join(name.strip().lower().split())


def _first_character(lines: IO[str]) -> str:
    while block := lines.read(1_000):
        if found := block.strip():
            return found[0]
    return ""


def _open_text(path: Path) -> IO[str]:
    """A UTF-8 text file, gzipped or not. A byte-order mark is skipped, invalid bytes become U+FFFD."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return path.open(encoding="utf-8-sig", errors="replace", newline="")
