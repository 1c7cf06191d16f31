"""Find by name, or make, what a sync on an Airbyte server needs: source, destination and the connection of both.

Names are what people see in Airbyte, so nobody copies ids. What is there already is used as it is; only streams
that a connection lacks are added to it.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from airbyte_api import AirbyteAPI, api, models

from ingestion.airbyte_client import PAGE, AirbyteServerError, call, read, read_pages
from ingestion.connectors import Source

MANIFEST = "__injected_declarative_manifest"
log = logging.getLogger("comptoir.airbyte_setup")


@dataclass(frozen=True)
class ConnectionPlan:
    """What must stand on the server. `name` is that of the connection, and of what is made for it."""

    name: str
    source: Source
    database_url: str  # the warehouse, as the Airbyte server reaches it
    schema: str = "raw_shop"
    workspace: str = ""  # name or id; empty: the only one there is


class _Made(msgspec.Struct, rename="camel"):
    source_id: str = ""
    destination_id: str = ""
    connection_id: str = ""
    id: str = ""


def ensure_connection(client: AirbyteAPI, plan: ConnectionPlan) -> str:
    """The id of the connection called `plan.name`. Raises AirbyteServerError when it cannot be used."""
    connections = client.connections.list_connections
    known = _list(connections, api.ListConnectionsRequest)
    found = [connection for connection in known if connection["name"] == plan.name]
    if len(found) > 1:
        raise AirbyteServerError(f"{len(found)} Airbyte connections are called {plan.name!r}: rename all but one")
    if found:
        return _completed(client, found[0], plan)
    workspace_id = _workspace(client, plan.workspace)
    source_id = _source(client, plan, workspace_id)
    destination_id = _destination(client, plan, workspace_id)
    request = models.ConnectionCreateRequest(
        name=plan.name,
        source_id=source_id,
        destination_id=destination_id,
        configurations=models.StreamConfigurations(streams=_streams(client, plan.source, source_id, destination_id)),
        namespace_definition=models.NamespaceDefinitionEnum.CUSTOM_FORMAT,
        namespace_format=plan.schema,
        non_breaking_schema_updates_behavior=models.NonBreakingSchemaUpdatesBehaviorEnum.PROPAGATE_COLUMNS,
        schedule=models.AirbyteAPIConnectionSchedule(schedule_type=models.ScheduleTypeEnum.MANUAL),
    )
    made = read(partial(client.connections.create_connection, request=request), _Made)
    log.info("made connection %r (%s) on the Airbyte server", plan.name, made.connection_id)
    return made.connection_id


def _completed(client: AirbyteAPI, connection: dict[str, Any], plan: ConnectionPlan) -> str:
    """A connection that is there, with the streams it lacks added."""
    connection_id: str = connection["connectionId"]
    if connection.get("status") != "active":
        raise AirbyteServerError(f"the Airbyte connection {plan.name!r} is {connection.get('status')}: switch it on")
    if connection.get("prefix"):
        raise AirbyteServerError(
            f"the Airbyte connection {plan.name!r} puts {connection['prefix']!r} before its tables' names; "
            "take the prefix away, our tables have none"
        )
    streams = connection.get("configurations", {}).get("streams") or []
    missing = [name for name in plan.source.streams if name not in {stream["name"] for stream in streams}]
    if not missing:
        return connection_id
    added = _streams(client, plan.source, connection["sourceId"], connection["destinationId"], missing)
    if added:
        kept = [models.StreamConfiguration.model_validate(stream) for stream in streams]
        change = models.ConnectionPatchRequest(configurations=models.StreamConfigurations(streams=[*kept, *added]))
        request = api.PatchConnectionRequest(connection_id=connection_id, connection_patch_request=change)
        read(partial(client.connections.patch_connection, request=request), _Made)
        log.info("added %s to connection %r", ", ".join(stream.name for stream in added), plan.name)
    return connection_id


def _streams(
    client: AirbyteAPI, source: Source, source_id: str, destination_id: str, names: list[str] | None = None
) -> list[models.StreamConfiguration]:
    """Each stream the best way the server offers it; one that the source does not offer is left out."""
    request = api.GetStreamPropertiesRequest(source_id=source_id, destination_id=destination_id, ignore_cache=True)
    offered = call(partial(client.streams.get_stream_properties, request=request)).stream_properties_response or []
    modes = {stream.stream_name: stream.sync_modes or [] for stream in offered}
    incremental = models.ConnectionSyncModeEnum.INCREMENTAL_DEDUPED_HISTORY
    whole = models.ConnectionSyncModeEnum.FULL_REFRESH_OVERWRITE
    return [
        models.StreamConfiguration(name=name, sync_mode=incremental if incremental in modes[name] else whole)
        for name in names or source.streams
        if name in modes
    ]


def _workspace(client: AirbyteAPI, wanted: str) -> str:
    known = _list(client.workspaces.list_workspaces, api.ListWorkspacesRequest)
    found: list[str] = [w["workspaceId"] for w in known if not wanted or wanted in (w["name"], w["workspaceId"])]
    if len(found) == 1:
        return found[0]
    names = ", ".join(sorted(workspace["name"] for workspace in known)) or "none"
    raise AirbyteServerError(f"set COMPTOIR_AIRBYTE_WORKSPACE to one of the server's workspaces: {names}")


def _source(client: AirbyteAPI, plan: ConnectionPlan, workspace_id: str) -> str:
    for source in _list(client.sources.list_sources, api.ListSourcesRequest, [workspace_id]):
        if source["name"] == plan.name:
            return str(source["sourceId"])
    config = dict(plan.source.config)
    manifest = config.pop(MANIFEST, None)
    definition_id = _definition(client, plan.source.connector.name, manifest, workspace_id) if manifest else None
    # as it is: the package's models know only some of a connector's options, and none of a manifest's
    request = models.SourceCreateRequest.model_construct(
        configuration={"sourceType": plan.source.connector.name.removeprefix("source-"), **config},
        name=plan.name,
        workspace_id=workspace_id,
        definition_id=definition_id,
    )
    with warnings.catch_warnings():  # one for each of the 500 models that it is not
        warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
        return read(partial(client.sources.create_source, request=request), _Made).source_id


def _definition(client: AirbyteAPI, name: str, manifest: dict[str, Any], workspace_id: str) -> str:
    """The custom connector that runs our manifest, brought up to date."""
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
                read(partial(definitions.update_declarative_source_definition, request=update), _Made)
            return known.id
    create = api.CreateDeclarativeSourceDefinitionRequest(
        workspace_id=workspace_id,
        create_declarative_source_definition_request=models.CreateDeclarativeSourceDefinitionRequest(
            name=name, manifest=manifest
        ),
    )
    return read(partial(definitions.create_declarative_source_definition, request=create), _Made).id


def _destination(client: AirbyteAPI, plan: ConnectionPlan, workspace_id: str) -> str:
    for destination in _list(client.destinations.list_destinations, api.ListDestinationsRequest, [workspace_id]):
        if destination["name"] == plan.name:
            return str(destination["destinationId"])
    url = urlsplit(plan.database_url)
    needs_ssl = dict(parse_qsl(url.query)).get("sslmode", "disable") not in ("disable", "allow", "prefer")
    configuration = models.DestinationPostgres(
        host=url.hostname or "localhost",
        port=url.port or 5432,
        database=unquote(url.path.lstrip("/")),
        username=unquote(url.username or ""),
        password=unquote(url.password or ""),
        schema_=plan.schema,
        ssl=needs_ssl,
        ssl_mode=models.DestinationPostgresRequire() if needs_ssl else models.DestinationPostgresDisable(),
        unconstrained_number=True,  # or money would be cut to nine decimals
        drop_cascade=False,  # a view of ours is never dropped with a table
    )
    request = models.DestinationCreateRequest(configuration=configuration, name=plan.name, workspace_id=workspace_id)
    return read(partial(client.destinations.create_destination, request=request), _Made).destination_id


def _list(method: Any, request: Any, workspace_ids: list[str] | None = None) -> list[dict[str, Any]]:
    given: dict[str, Any] = {"workspace_ids": workspace_ids} if workspace_ids else {}
    return read_pages(lambda offset: method(request=request(limit=PAGE, offset=offset, **given)))
