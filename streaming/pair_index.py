"""The index from history: pairs of products per week, counted from raw by a Spark batch with the stream's own code.

The stream keeps the same counts click by click. Made from raw again they show whether the two agree (see drift.py),
and how the counting grows past one machine: a task reads a day of raw, sessions are brought together by a shuffle,
and nothing but the pairs of one task is held in memory.
"""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from pyspark.sql import DataFrame, SparkSession

from recommendations.session_counts import PairKey, PairWeight, ProductEvent, session_pairs

LONGEST_SESSION = timedelta(days=2)  # around the weeks asked for: a session that lasts longer is cut there
PAIRS_AT_ONCE = 200_000  # of a task, before they are handed to Spark
COLUMNS = ("visitor_id", "session_id", "event_id", "product_id", "kind", "category", "occurred_at")
EVENTS = ", ".join(f"{name} {'timestamp' if name == 'occurred_at' else 'string'}" for name in COLUMNS)
PAIRS = "week_start date, product_id string, neighbour_id string, similar_weight bigint, together_weight bigint"
ARROW_EVENTS = {name: pa.timestamp("us", tz="UTC") if name == "occurred_at" else pa.string() for name in COLUMNS}
ARROW_PAIRS = pa.schema(
    [
        ("week_start", pa.date32()),
        ("product_id", pa.string()),
        ("neighbour_id", pa.string()),
        ("similar_weight", pa.int64()),
        ("together_weight", pa.int64()),
    ]
)
DAYS = "select distinct day from raw_clickstream.event_ids where day >= %s order by day"
ONE_DAY = f"""
    copy (
        select {", ".join(COLUMNS[:-1])}, to_char(occurred_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        from serving.countable_events
        where
            received_at >= %(day)s::timestamp at time zone 'utc'
            and received_at < (%(day)s::timestamp + interval '1 day') at time zone 'utc'
            and occurred_at >= %(since)s and occurred_at < %(until)s
    ) to stdout (format csv)
"""


@dataclass(frozen=True)
class IndexReport:
    """What a build counted: `pairs` are rows of serving.pair_index."""

    weeks: int
    days_read: int
    pairs: int
    seconds: float


def build_pair_index(spark: SparkSession, database_url: str, scratch_dir: Path, first_week: date, weeks: int) -> IndexReport:
    """Count the pairs of `weeks` weeks from the Monday `first_week` on and put them into serving.pair_index.

    The weeks' old rows are replaced in one transaction. `scratch_dir` must be seen by driver and executors (a
    cluster needs a shared file system). Raises psycopg.Error; what was in the index stays.
    """
    begun = time.monotonic()
    last_day = first_week + timedelta(weeks=weeks)
    since, until = _midnight(first_week) - LONGEST_SESSION, _midnight(last_day) + LONGEST_SESSION
    with psycopg.connect(database_url) as connection:
        # all later ones too: a late event lies in the day on which it was received
        rows = connection.execute(DAYS, [since.date()]).fetchall()
    days = [day.isoformat() for (day,) in rows]
    counted = count_pairs(read_events(spark, database_url, days, since, until))
    wanted = counted.where(f"week_start >= '{first_week}' and week_start < '{last_day}'")
    shutil.rmtree(scratch_dir, ignore_errors=True)
    try:
        wanted.write.parquet(str(scratch_dir))
        pairs = _replace(database_url, scratch_dir, first_week, last_day)
    finally:
        shutil.rmtree(scratch_dir, ignore_errors=True)
    return IndexReport(weeks, len(days), pairs, time.monotonic() - begun)


def read_events(spark: SparkSession, database_url: str, days: list[str], since: datetime, until: datetime) -> DataFrame:
    """Events that count (serving.countable_events) with `since` <= occurred_at < `until`; a day of raw is a task."""
    if not days:
        return spark.createDataFrame([], EVENTS)
    listed = spark.createDataFrame([(day,) for day in days], "day string").repartition(len(days), "day")
    return listed.mapInArrow(_reader(database_url, since, until), EVENTS)


def count_pairs(events: DataFrame) -> DataFrame:
    """Pairs per week (`PAIRS`) of events of any order: `session_pairs` of each session, added up."""
    in_sessions = events.repartition("visitor_id", "session_id").sortWithinPartitions("visitor_id", "session_id")
    pairs = in_sessions.mapInArrow(_pairs_of_sessions, PAIRS)
    added = pairs.groupBy("week_start", "product_id", "neighbour_id").sum("similar_weight", "together_weight")
    return added.toDF(*ARROW_PAIRS.names)


def _reader(
    database_url: str, since: datetime, until: datetime
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Runs on the executors."""
        types = pyarrow.csv.ConvertOptions(column_types=ARROW_EVENTS, strings_can_be_null=False)
        names = pyarrow.csv.ReadOptions(column_names=list(COLUMNS))
        # a text of a client may hold anything, also a line break
        quotes = pyarrow.csv.ParseOptions(newlines_in_values=True)
        with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
            for batch in batches:
                for day in batch.column("day").to_pylist():
                    found = io.BytesIO()
                    with cursor.copy(ONE_DAY, {"day": day, "since": since, "until": until}) as copy:
                        for piece in copy:
                            found.write(piece)
                    if found.tell():
                        found.seek(0)
                        yield from pyarrow.csv.read_csv(found, names, quotes, types).to_batches(50_000)

    return read


def _pairs_of_sessions(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Events sorted by session in, pairs added up over many sessions out. Runs on the executors."""
    pairs: dict[PairKey, PairWeight] = {}
    for _, session in groupby(_rows(batches), key=itemgetter(0, 1)):
        events = [
            ProductEvent(event_id, product, visitor, session_id, kind, category, at)
            for visitor, session_id, event_id, product, kind, category, at in session
        ]
        for key, weight in session_pairs(events).items():
            known = pairs.get(key)
            if known is not None:
                weight = PairWeight(known.similar + weight.similar, known.together + weight.together)
            pairs[key] = weight
        if len(pairs) > PAIRS_AT_ONCE:
            yield _pairs_batch(pairs)
            pairs = {}
    if pairs:
        yield _pairs_batch(pairs)


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple]:
    for batch in batches:
        yield from zip(*(batch.column(name).to_pylist() for name in COLUMNS), strict=True)


def _pairs_batch(pairs: dict[PairKey, PairWeight]) -> pa.RecordBatch:
    rows = [(week, product, neighbour, *weight) for (product, neighbour, week), weight in pairs.items()]
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, ARROW_PAIRS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=ARROW_PAIRS)


def _replace(database_url: str, parquet_dir: Path, first_week: date, last_day: date) -> int:
    """Put the counted weeks in place of the old ones, a piece at a time; returns the rows."""
    written = 0
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "delete from serving.pair_index where week_start >= %s and week_start < %s", [first_week, last_day]
        )
        with cursor.copy(f"copy serving.pair_index ({', '.join(ARROW_PAIRS.names)}) from stdin (format csv)") as copy:
            for file in sorted(parquet_dir.glob("*.parquet")):
                for batch in pyarrow.parquet.ParquetFile(file).iter_batches(100_000, columns=ARROW_PAIRS.names):
                    text = io.BytesIO()
                    pyarrow.csv.write_csv(batch, text, pyarrow.csv.WriteOptions(include_header=False))
                    copy.write(text.getvalue())
                    written += batch.num_rows
    return written


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
