"""The package on a Tableau server: Tableau's own client against a server on loopback that speaks its REST API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bi.tableau_publishing import TableauAway, TableauRefused, TableauServer, publish, server_of
from comptoir.settings import Settings
from tests.support.receivers import serving
from tests.support.tableau_rest import TableauRest

TOKEN = ("comptoir", "s3cret", "shop")


@pytest.fixture
def rest() -> Iterator[TableauRest]:
    server = TableauRest(TOKEN, "Comptoir")
    with serving(server):
        yield server


@pytest.fixture
def server(rest: TableauRest) -> TableauServer:
    return TableauServer(rest.url, "shop", "Comptoir", "comptoir", "s3cret")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    file = tmp_path / "comptoir.twbx"
    file.write_bytes(b"PK" + bytes(range(256)) * 40)
    return file


def test_the_package_replaces_the_one_before_and_the_session_ends(
    rest: TableauRest, server: TableauServer, package: Path
) -> None:
    assert publish(package, server) == f"{rest.url}/#/site/shop/workbooks/1"
    package.write_bytes(b"another day")
    publish(package, server)
    assert rest.published == {"Comptoir": b"another day"}
    assert rest.queries == [{"workbookType": ["twbx"], "overwrite": ["true"]}] * 2
    assert rest.sessions == 0


def test_a_large_package_is_sent_in_parts(
    rest: TableauRest, server: TableauServer, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tableauserverclient.server.endpoint.workbooks_endpoint.FILESIZE_LIMIT", 2**20)  # of 64 MB
    monkeypatch.setenv("TSC_CHUNK_SIZE_MB", "1")
    package.write_bytes(bytes(range(256)) * 10_000)
    publish(package, server)
    assert rest.published == {"Comptoir": package.read_bytes()}
    assert rest.parts == 3


def test_what_the_server_does_not_like_is_a_sentence(server: TableauServer, package: Path) -> None:
    with pytest.raises(TableauRefused, match=r"\(401001\): Signin Error: The personal access token"):
        publish(package, replace(server, token="stale"))
    with pytest.raises(TableauRefused, match="no project 'Elsewhere' that the token may see"):
        publish(package, replace(server, project="Elsewhere"))
    with pytest.raises(TableauAway, match="cannot be reached"):
        publish(package, replace(server, url="http://127.0.0.1:9"))


def test_nothing_is_published_without_a_server() -> None:
    assert server_of(Settings()) is None
    settings = Settings(
        tableau_server="https://tableau.example.com/", tableau_site="shop", tableau_token_name="comptoir",
        tableau_token=SecretStr("s3cret"),
    )  # fmt: skip
    assert server_of(settings) == TableauServer("https://tableau.example.com", "shop", "Comptoir", "comptoir", "s3cret")
