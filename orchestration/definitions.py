"""What Dagster loads: everything found in `orchestration/defs`.

Loading touches neither the network nor the database; it reads dbt's manifest, which `make setup` writes.
"""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """Everything in `orchestration/defs`, found by Dagster."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
