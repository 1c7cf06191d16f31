"""Loads the same records with dlt. Runs in an environment of its own, so it imports nothing of the platform.

`python dlt_load.py DATABASE_URL LINES_FILE STREAM FOLDER` prints the seconds from the first line to the last commit.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt


def main(database_url: str, file: str, stream: str, folder: str) -> None:
    """Load the records of one stream from a file of Airbyte messages, one per line."""

    # as in our writer, nested objects stay in one column; COPY (csv) is the fastest that dlt offers for Postgres
    @dlt.resource(name=stream, primary_key="id", write_disposition="merge", max_table_nesting=0)
    def records() -> Iterator[dict[str, Any]]:
        with Path(file).open("rb") as lines:
            for line in lines:
                yield json.loads(line)["record"]["data"]

    pipeline = dlt.pipeline(
        "bench", destination=dlt.destinations.postgres(database_url), dataset_name="dlt_raw", pipelines_dir=folder
    )
    began = time.perf_counter()
    pipeline.run(records(), loader_file_format="csv")
    print(time.perf_counter() - began)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
