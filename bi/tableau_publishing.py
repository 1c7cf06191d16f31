"""Publishes the packaged workbook to Tableau Server or Tableau Cloud, through Tableau's own client."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import requests
import tableauserverclient as tsc
from tableauserverclient.server.endpoint.exceptions import TableauError, XMLError

from comptoir.settings import Settings

WORKBOOK = "Comptoir"  # its name on the server; the one of yesterday is replaced
TIMEOUT_SECONDS = 300


class TableauRefused(Exception):
    """The server answered, and did not take the workbook."""


class TableauAway(ConnectionError):
    """The server cannot be reached."""


@dataclass(frozen=True)
class TableauServer:
    """Where the workbook goes; a personal access token signs in. `site` is empty for a server's default site."""

    url: str
    site: str
    project: str
    token_name: str
    token: str


def server_of(settings: Settings) -> TableauServer | None:
    """Return the server of the settings; None where nothing is published."""
    if settings.tableau_server is None:
        return None
    return TableauServer(
        str(settings.tableau_server).rstrip("/"),
        settings.tableau_site,
        settings.tableau_project,
        settings.tableau_token_name,
        settings.tableau_token.get_secret_value(),
    )


def publish(package: Path, server: TableauServer) -> str:
    """Publish the package into the server's project, and return the address of its page.

    Raises TableauRefused and TableauAway.
    """
    auth = tsc.PersonalAccessTokenAuth(server.token_name, server.token, site_id=server.site)
    try:
        client = tsc.Server(server.url, use_server_version=True, http_options={"timeout": TIMEOUT_SECONDS})
        with client.auth.sign_in(auth):
            workbook = tsc.WorkbookItem(_project(client, server.project), WORKBOOK, show_tabs=True)
            published = client.workbooks.publish(
                workbook,
                package,
                tsc.Server.PublishMode.Overwrite,
                connections=None,
                as_job=False,
                skip_connection_check=False,
            )
    except requests.RequestException as away:
        raise TableauAway(f"Tableau at {server.url} cannot be reached: {away}") from away
    except XMLError as refused:
        reason = " ".join(f"{refused.summary}: {refused.detail}".split())
        raise TableauRefused(
            f"Tableau at {server.url} does not take the workbook ({refused.code}): {reason}"
        ) from refused
    except TableauError as refused:
        raise TableauRefused(f"Tableau at {server.url} does not take the workbook: {refused}") from refused
    return str(published.webpage_url or server.url)


def _project(client: tsc.Server, name: str) -> str:
    asked = tsc.RequestOptions()
    asked.filter.add(tsc.Filter(tsc.RequestOptions.Field.Name, tsc.RequestOptions.Operator.Equals, name))
    found, _ = client.projects.get(asked)
    if not found or found[0].id is None:
        raise TableauRefused(
            f"Tableau has no project {name!r} that the token may see: make it, or set COMPTOIR_TABLEAU_PROJECT."
        )
    return found[0].id
