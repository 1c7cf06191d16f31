"""The pair index: pairs of products per week, counted from raw by a Spark batch with the stream's own code.

Nothing serves from serving.pair_index yet. The stream keeps the same counts click by click in serving.pair_counts, and
recompute.py proves those every night. The batch is for counts that the stream cannot have: a bootstrap from a long
history, and a shop whose counting outgrows one machine. A task reads a day of raw, a shuffle brings sessions together,
and only the pairs of one task are held in memory.
"""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from pyspark.sql import DataFrame, SparkSession

from recommendations.session_counts import PairKey, PairWeight, ProductEvent, session_pairs
from streaming.batch_rows import EVENT_ARROW_SCHEMA, EVENT_SPARK_SCHEMA
from streaming.state import EVENT_COLUMNS

LONGEST_SESSION = timedelta(days=2)  # read before and after the weeks asked for: longer sessions are cut there
PAIRS_AT_ONCE = 200_000  # pairs of a task in memory before they are handed to Spark
# serving.pair_index, as Arrow and as Spark name the types
PAIR_TYPES = {
    "week_start": (pa.date32(), "date"),
    "product_id": (pa.string(), "string"),
    "neighbour_id": (pa.string(), "string"),
    "similar_weight": (pa.int64(), "bigint"),
    "together_weight": (pa.int64(), "bigint"),
    "bought_count": (pa.int64(), "bigint"),
}
ARROW_PAIRS = pa.schema([(name, arrow) for name, (arrow, _) in PAIR_TYPES.items()])
PAIRS = ", ".join(f"{name} {spark}" for name, (_, spark) in PAIR_TYPES.items())
DAYS = "select distinct day from raw_clickstream.event_ids where day >= %s order by day"
OCCURRED_AT = """to_char(occurred_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
ONE_DAY = f"""
    copy (
        select {EVENT_COLUMNS.replace("occurred_at", OCCURRED_AT)}
        from serving.countable_events
        where
            received_at >= %(day)s::timestamp at time zone 'utc'
            and received_at < (%(day)s::timestamp + interval '1 day') at time zone 'utc'
            and occurred_at >= %(since)s and occurred_at < %(until)s
    ) to stdout (format csv)
"""


@dataclass(frozen=True)
class IndexReport:
    """What a build counted."""

    weeks: int
    days_read: int  # of raw
    pairs: int  # rows written to serving.pair_index
    seconds: float


def build_pair_index(
    spark: SparkSession, database_url: str, scratch_dir: Path, first_week: date, weeks: int, tasks: int = 8
) -> IndexReport:
    """Count the pairs of `weeks` weeks from the Monday `first_week` on, and write them to serving.pair_index.

    The old rows of these weeks are replaced in one transaction. `tasks`: of each shuffle. Driver and executors must
    both see `scratch_dir`, so a cluster needs a shared file system. Raises psycopg.Error, and Spark's errors; the old
    rows then stay.
    """
    begun = time.monotonic()
    spark.conf.set("spark.sql.shuffle.partitions", tasks)
    # Spark would choose fewer by their bytes; but what a task costs are the pairs that it makes of them
    spark.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    last_day = first_week + timedelta(weeks=weeks)
    since, until = _midnight(first_week) - LONGEST_SESSION, _midnight(last_day) + LONGEST_SESSION
    with psycopg.connect(database_url) as connection:
        # and all later days: a late event belongs to the day on which it was received
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
    """Events of serving.countable_events with `since` <= occurred_at < `until`: rows as ProductEvent, a task per day.

    `days`: the days of raw to read, as ISO dates.
    """
    if not days:
        return spark.createDataFrame([], EVENT_SPARK_SCHEMA)
    listed = spark.createDataFrame([(day,) for day in days], "day string").repartition(len(days), "day")
    return listed.mapInArrow(_reader(database_url, since, until), EVENT_SPARK_SCHEMA)


def count_pairs(events: DataFrame) -> DataFrame:
    """The pairs of each week (rows as `PAIRS`): `session_pairs` of each session, summed; `events` in any order."""
    in_sessions = events.repartition("visitor_id", "session_id").sortWithinPartitions("visitor_id", "session_id")
    pairs = in_sessions.mapInArrow(_pairs_of_sessions, PAIRS)
    added = pairs.groupBy("week_start", "product_id", "neighbour_id").sum(
        "similar_weight", "together_weight", "bought_count"
    )
    return added.toDF(*ARROW_PAIRS.names)


def _reader(
    database_url: str, since: datetime, until: datetime
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Runs on the executors."""
        types = pyarrow.csv.ConvertOptions(column_types=EVENT_ARROW_SCHEMA, strings_can_be_null=False)
        names = pyarrow.csv.ReadOptions(column_names=EVENT_ARROW_SCHEMA.names)
        # a text sent by a client may contain anything, also line breaks
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
    """Takes events sorted by session, returns pairs summed over many sessions. Runs on the executors."""
    pairs: dict[PairKey, PairWeight] = {}
    for _, session in groupby(_events(batches), key=attrgetter("visitor_id", "session_id")):
        for key, weight in session_pairs(session).items():
            pairs[key] = pairs[key].plus(weight) if key in pairs else weight
        if len(pairs) > PAIRS_AT_ONCE:
            yield _pairs_batch(pairs)
            pairs = {}
    if pairs:
        yield _pairs_batch(pairs)


def _events(batches: Iterator[pa.RecordBatch]) -> Iterator[ProductEvent]:
    for batch in batches:
        columns = (batch.column(name).to_pylist() for name in ProductEvent._fields)
        yield from map(ProductEvent._make, zip(*columns, strict=True))


def _pairs_batch(pairs: dict[PairKey, PairWeight]) -> pa.RecordBatch:
    rows = [(week, product, neighbour, *weight) for (product, neighbour, week), weight in pairs.items()]
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, ARROW_PAIRS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=ARROW_PAIRS)


def _replace(database_url: str, parquet_dir: Path, first_week: date, last_day: date) -> int:
    """Replace the weeks in Postgres by the counted ones, in pieces of 100,000 rows; returns the rows written."""
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
