"""Settings that only the benchmarks read."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from comptoir.repository import REPOSITORY


class BenchmarkSettings(BaseSettings):
    """Environment variables `COMPTOIR_*`, or `.env` in the repository."""

    model_config = SettingsConfigDict(env_prefix="COMPTOIR_", env_file=REPOSITORY / ".env", extra="ignore")

    yardstick: Path | None = None  # a next-item yardstick (recs_yardstick.py) for the families quality and replay
    yardstick_data: Path | None = None  # the folder with its data sets
    search_ratings: Path | None = None  # rated products (CSV, gzip) that the weights of the search are fitted on
    search_catalogue: Path | None = None  # the folder with the catalogue that they are products of
    bench_other: Path | None = None  # another checkout with its `.venv`, measured in turns with this one
    bench_rounds: int = Field(default=1, ge=1)  # how often each is measured; figures are medians of the rounds
    bench_idle_seconds: float = 60  # how long each idle stream is measured; 0 = not at all
    bench_rate_seconds: float = 120  # for how long the family highest_rate holds each rate
    bench_list_reads: int = 100_000  # reads of the family list_reads
    bench_cluster_batches: int = 8  # that the family spread_cluster measures, after the first two
    bench_kills: int = Field(default=60, ge=1)  # of the family stream_chaos
    bench_venv: Path = REPOSITORY / ".lib" / "bench"  # what we are compared with, in an environment of its own
