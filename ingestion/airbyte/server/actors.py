"""Sources and destinations ("actors") on an Airbyte server: found by name, or created."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from airbyte_api import AirbyteAPI, api, models

from ingestion.airbyte.server.client import PAGE, call, read, read_pages
from ingestion.connectors.spec import MANIFEST_OPTION, Source


class Created(msgspec.Struct, rename="camel"):
    """The id in the answer to a request that created something."""

    source_id: str = ""
    destination_id: str = ""
    connection_id: str = ""
    id: str = ""


def ensure_source(client: AirbyteAPI, name: str, source: Source, workspace_id: str) -> str:
    """The id of the source called `name`; created if missing, with a custom connector if it has a manifest of ours.

    Raises AirbyteServerError (inside `connected`), as every function here.
    """
    for known in listed(client.sources.list_sources, api.ListSourcesRequest, [workspace_id]):
        if known["name"] == name:
            source_id = str(known["sourceId"])
            if source.has_new_secrets:
                update_secrets(client, source_id, source)
            return source_id
    manifest = source.config.get(MANIFEST_OPTION)
    definition_id = _definition(client, source.connector.name, manifest, workspace_id) if manifest else None
    request = models.SourceCreateRequest.model_construct(
        configuration=_configuration(source),
        name=name,
        workspace_id=workspace_id,
        definition_id=definition_id,
    )
    with _any_configuration():
        return read(partial(client.sources.create_source, request=request), Created).source_id


def update_secrets(client: AirbyteAPI, source_id: str, source: Source) -> None:
    """Give the server the configuration again before a job: the token it has is from yesterday."""
    request = api.PatchSourceRequest.model_construct(
        source_id=source_id,
        source_patch_request=models.SourcePatchRequest.model_construct(configuration=_configuration(source)),
    )
    with _any_configuration():
        read(partial(client.sources.patch_source, request=request), Created)


def _configuration(source: Source) -> dict[str, Any]:
    """A plain dictionary: the package's models lack some of a connector's options and all of a manifest's."""
    given = {name: value for name, value in source.config.items() if name != MANIFEST_OPTION}
    return {"sourceType": source.connector.name.removeprefix("source-"), **given}


@contextmanager
def _any_configuration() -> Iterator[None]:
    """Suppresses a warning for each of the 500 models that the configuration does not match."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
        yield


def _definition(client: AirbyteAPI, name: str, manifest: dict[str, Any], workspace_id: str) -> str:
    """The id of the custom connector that runs our manifest; created or updated."""
    definitions = client.declarative_source_definitions
    name = f"Comptoir {manifest.get('metadata', {}).get('name') or name}"
    asked = api.ListDeclarativeSourceDefinitionsRequest(workspace_id=workspace_id)
    answer = call(partial(definitions.list_declarative_source_definitions, request=asked))
    listed = answer.declarative_source_definitions_response
    for known in listed.data if listed else []:
        if known.name == name:
            if known.manifest != manifest:
                update = api.UpdateDeclarativeSourceDefinitionRequest(
                    workspace_id=workspace_id,
                    definition_id=known.id,
                    update_declarative_source_definition_request=models.UpdateDeclarativeSourceDefinitionRequest(
                        manifest=manifest
                    ),
                )
                read(partial(definitions.update_declarative_source_definition, request=update), Created)
            return known.id
    create = api.CreateDeclarativeSourceDefinitionRequest(
        workspace_id=workspace_id,
        create_declarative_source_definition_request=models.CreateDeclarativeSourceDefinitionRequest(
            name=name, manifest=manifest
        ),
    )
    return read(partial(definitions.create_declarative_source_definition, request=create), Created).id


def ensure_destination(client: AirbyteAPI, name: str, database_url: str, schema: str, workspace_id: str) -> str:
    """The id of the Postgres destination called `name`; created if missing.

    `database_url` is the warehouse as the server reaches it.
    """
    for destination in listed(client.destinations.list_destinations, api.ListDestinationsRequest, [workspace_id]):
        if destination["name"] == name:
            return str(destination["destinationId"])
    url = urlsplit(database_url)
    needs_ssl = dict(parse_qsl(url.query)).get("sslmode", "disable") not in ("disable", "allow", "prefer")
    configuration = models.DestinationPostgres(
        host=url.hostname or "localhost",
        port=url.port or 5432,
        database=unquote(url.path.lstrip("/")),
        username=unquote(url.username or ""),
        password=unquote(url.password or ""),
        schema_=schema,
        ssl=needs_ssl,
        ssl_mode=models.DestinationPostgresRequire() if needs_ssl else models.DestinationPostgresDisable(),
        unconstrained_number=True,  # otherwise money is cut to nine decimals
        drop_cascade=False,  # a view is never dropped with a table
    )
    request = models.DestinationCreateRequest(configuration=configuration, name=name, workspace_id=workspace_id)
    return read(partial(client.destinations.create_destination, request=request), Created).destination_id


def listed(method: Any, request: Any, workspace_ids: list[str] | None = None) -> list[dict[str, Any]]:
    """Every item that a list method of the API returns, as it is in the answer."""
    given: dict[str, Any] = {"workspace_ids": workspace_ids} if workspace_ids else {}
    return read_pages(lambda offset: method(request=request(limit=PAGE, offset=offset, **given)))
