"""Where each asset's code is kept, as links in Dagster's UI: its function, and of dbt's models the SQL."""

from pathlib import Path

import dagster as dg
from dagster_shared.record import replace
from pydantic import HttpUrl

from comptoir.repository import REPOSITORY


def linked_to_code(definitions: dg.Definitions, code_url: HttpUrl | None, branch: str) -> dg.Definitions:
    """The definitions with a link to the file in the repository at `code_url`; unchanged without one.

    Dagster would show where files lie on this machine, which helps nobody who opens its UI elsewhere. Tables that
    another process writes have no function, and no link.
    """
    if not code_url:
        return definitions
    linked = dg.link_code_references_to_git(
        assets_defs=dg.with_source_code_references([*(definitions.assets or [])]),
        git_url=str(code_url).rstrip("/"),
        git_branch=branch,
        platform="gitlab" if "gitlab" in str(code_url.host) else "github",
        file_path_mapping=dg.AnchorBasedFilePathMapping(Path(REPOSITORY), ""),
    )
    return replace(definitions, assets=linked)
