"""The steps of a job as Dagster plans them."""

from __future__ import annotations

import dagster as dg

GATES = ("gate_raw", "gate_staging", "gate_marts")


def steps(definitions: dg.Definitions, job: str) -> dict[str, set[str]]:
    """Each step of a job, and the steps it waits for."""
    dependencies = definitions.resolve_job_def(job).dependencies.items()
    return {
        step.alias or step.name: {wanted.node for each in inputs.values() for wanted in each.get_node_dependencies()}
        for step, inputs in dependencies
    }
