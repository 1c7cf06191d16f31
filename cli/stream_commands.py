"""The stream on a Spark cluster: submit. See docs/scaling.md."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.errors import fail

app = typer.Typer(no_args_is_help=True, help="Run the stream on a Spark cluster.")


@app.callback()
def group() -> None:
    """Run the stream on a Spark cluster."""


@app.command()
def submit(
    master: Annotated[str, typer.Argument(help="spark://host:7077, k8s://https://host:6443 or yarn.")],
    packages: Annotated[
        bool,
        typer.Option("--packages/--no-packages", help="Ship our Python packages, too; no image needs them."),
    ] = True,
) -> None:
    """Run the stream here, and its work on a cluster.

    Ships our code and the packages that a worker imports; executors need Python of this minor version and a network way
    to Kafka, Postgres and this machine. Runs until it is stopped; a second stream is refused.
    \f
    Raises typer.Exit (1) for a local master, SystemExit as `streaming.job.work`.
    """
    from comptoir.settings import settings_at_start
    from streaming.job import work
    from streaming.packages import pack_packages

    if master.startswith("local"):
        raise fail(f"{master} is no cluster: `comptoir start stream` runs the stream on this machine.")
    settings = settings_at_start()
    has_own = settings.spark_environment is not None or not packages
    work(settings, master, None if has_own else pack_packages(settings.data_dir / "spark"))
