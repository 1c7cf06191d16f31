"""A machine that runs the platform for years, under systemd or in containers. See docs/deploy.md."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import say

app = typer.Typer(no_args_is_help=True, help="Run the platform under systemd, or in containers.")


@app.command()
def systemd(folder: Annotated[Path, typer.Argument(help="A folder for the units.")]) -> None:
    """Write a unit for each process, and the data folder.

    As the user that the processes shall run as; root then copies the units. Again after settings changed: each unit
    names files with the settings and secrets of its process.
    \f
    Raises SettingsError with a sentence for each mistake, RuntimeError for root and while `comptoir up` runs it all.
    """
    from local.deployment import write_systemd_units

    for unit in write_systemd_units(folder):
        say(f"{unit}")
    say("copy them to /etc/systemd/system, then `systemctl daemon-reload` and `systemctl enable --now comptoir.target`")


@app.command()
def compose(
    folder: Annotated[Path, typer.Argument(help="A folder for the file.")],
    image: Annotated[str, typer.Option(help="The image, in whose container this runs.")] = "comptoir",
) -> None:
    """Write a compose file: a container for each process.

    Run it in the image: the file names its paths. Again after settings changed: files beside it hold the settings and
    secrets of each process.
    \f
    Raises SettingsError with a sentence for each mistake, RuntimeError while `comptoir up` runs it all.
    """
    from local.deployment import write_compose_file

    for file in write_compose_file(folder, image):
        say(f"{file}")


@app.command()
def prepare() -> None:
    """Bring the databases to this version; it comes first.

    \f
    Raises TimeoutError when a store does not answer, RuntimeError when Dagster's storage cannot be opened.
    """
    from local.deployment import prepare_stores

    prepare_stores()
    say("Postgres and Kafka answer, and the databases are of this version")
