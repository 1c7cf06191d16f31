"""`comptoir stream submit`; tests/faults/test_spark_cluster.py submits to a real cluster."""

from __future__ import annotations

from typer.testing import CliRunner

from cli.app import app


def test_this_machine_is_no_cluster() -> None:
    result = CliRunner().invoke(app, ["stream", "submit", "local[2]"])
    assert result.exit_code == 1
    assert "local[2] is no cluster" in result.output
