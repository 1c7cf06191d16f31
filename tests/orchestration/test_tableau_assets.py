"""Tableau's files as Dagster makes them: extract and package written, and published where there is a server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import dagster as dg
import pytest
from pydantic import SecretStr

from bi.tableau_package import PLACE, package_of
from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from orchestration.defs.consumers import tableau_extract
from orchestration.defs.tableau_server import tableau_published
from tests.support.receivers import serving
from tests.support.small_marts import make_small_marts
from tests.support.tableau_rest import TableauRest

IN_GRAPH = """
from orchestration.definitions import defs
keys = {key.to_user_string() for key in defs().resolve_asset_graph().get_all_asset_keys()}
print("bi/tableau_published" in keys)
"""


@pytest.mark.services
def test_the_extract_is_written_packaged_and_published(make_database: Callable[[], str], tmp_path: Path) -> None:
    url = make_database()
    make_small_marts(url)
    rest = TableauRest(("comptoir", "s3cret", ""), "Comptoir")
    settings = Settings(
        postgres_url=url, data_dir=tmp_path, tableau_server=rest.url, tableau_token_name="comptoir",
        tableau_token=SecretStr("s3cret"),
    )  # fmt: skip
    with serving(rest):
        result = dg.materialize([tableau_extract, tableau_published], resources={"settings": settings})
    (written,) = result.asset_materializations_for_node("bi__tableau_extract")
    (published,) = result.asset_materializations_for_node("bi__tableau_published")
    rows, read = (written.metadata[name].value for name in ("dagster/row_count", "rows of days that changed"))
    assert rows == read != 0
    assert published.metadata["address"].value == f"{rest.url}/#/site/shop/workbooks/1"
    package = package_of(settings.tableau_extract)
    assert rest.published == {"Comptoir": package.read_bytes()}
    with ZipFile(package) as files:
        assert files.read(PLACE) == settings.tableau_extract.read_bytes()
    again = dg.materialize([tableau_extract], resources={"settings": settings})
    (kept,) = again.asset_materializations_for_node("bi__tableau_extract")
    assert kept.metadata["rows of days that changed"].value == 0


@pytest.mark.parametrize("server", ["", "https://tableau.example.com"])
def test_publishing_is_in_the_graph_where_there_is_a_server(server: str) -> None:
    environment = {**os.environ, "COMPTOIR_TABLEAU_SERVER": server}
    process = subprocess.run(
        [sys.executable, "-c", IN_GRAPH], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert process.stdout == f"{bool(server)}\n", process.stderr
