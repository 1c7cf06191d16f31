"""What Dagster loads: everything found in `orchestration/defs`.

Loading touches neither the network nor the database; it reads dbt's manifest, which `make setup` writes.
"""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from comptoir.settings import get_settings
from orchestration.code_references import linked_to_code


@dg.definitions
def defs() -> dg.Definitions:
    """Everything in `orchestration/defs`, found by Dagster, with links to the code where the settings say it is."""
    with warnings.catch_warnings(), _no_search_for_garbage():
        warnings.simplefilter("ignore", dg.BetaWarning)  # one an asset: links to code are new in Dagster
        found = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
        return linked_to_code(found, get_settings().code_url, get_settings().code_branch)


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """What is imported and defined stays; going through it again and again takes a third of a second."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
