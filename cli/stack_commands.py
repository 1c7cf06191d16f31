"""The platform on this machine: demo, up, status, logs, down, clean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import console, say
from cli.errors import fail


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop everything after the summary.")] = False,
    data: Annotated[Path | None, typer.Option(help="A folder with your own catalogue and clicks.")] = None,
) -> None:
    """Run all of it with a demo shop, and show what it does.

    A shop with its history, the daily job, a visitor's click; then visitors come until Ctrl-C.
    \f
    Raises typer.Exit: with 0 when all of it worked, else with 1.
    """
    from local import demo as local_demo

    raise typer.Exit(0 if local_demo.run(data, once, console) else 1)


def up() -> None:
    """Start the platform and wait until every process is ready."""
    from local import stack

    stack.up(say)


def down() -> None:
    """Stop the platform; the data stays."""
    from local import stack

    say("stopped" if stack.down() else "nothing was running")


def start(process: Annotated[str, typer.Argument(help="As `comptoir status` names it.")]) -> None:
    """Start one process of the running platform."""
    from local import stack

    stack.start_one(process, say)


def stop(process: Annotated[str, typer.Argument(help="As `comptoir status` names it.")]) -> None:
    """Stop one process until it is started again."""
    from local import stack

    stack.stop_one(process)
    say(f"{process} is stopped; `comptoir start {process}` starts it again")


def status() -> None:
    """Show what runs, since when, and at which address.

    Exits with 1 when nothing runs.
    \f
    Raises typer.Exit (1) then.
    """
    from comptoir.settings import data_dir
    from local import stack

    rows = stack.status()
    if not rows and stack.runs_elsewhere(data_dir()):
        say("it runs, but not by `comptoir up`: see `systemctl status 'comptoir-*'`, or `docker compose ps`")
        return
    if not rows:
        say("nothing runs; `comptoir up` starts the platform")
        raise typer.Exit(1)
    for name, state, address in rows:
        say(f"{name:<18} {state:<44} {address}")


def logs(
    process: Annotated[str | None, typer.Argument(help="One process, as `comptoir status` names it.")] = None,
) -> None:
    """Follow the log of one process, or of all, until Ctrl-C.

    \f
    Raises typer.Exit (1) when there is no such log.
    """
    import subprocess

    from comptoir.settings import data_dir

    folder = data_dir() / "logs"
    files = sorted(folder.glob(f"{process or '*'}.log"))
    if not files:
        raise fail(f"There is no log {process or ''} in {folder}: `comptoir status` names the processes.")
    try:
        subprocess.run(["tail", "-n", "20", "-F", *map(str, files)], check=False)
    except KeyboardInterrupt:
        return


def clean() -> None:
    """Stop the platform and delete its data.

    The demo shop's and, unless COMPTOIR_ARCHIVE names another place, the archive's included.
    """
    from local import stack

    stack.clean()
