"""Finds by name, or creates, what a sync on an Airbyte server needs: source, destination and their connection.

By name, because that is what people see in Airbyte; nobody has to copy ids. What exists is used as it is; only
streams that a connection lacks are added.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from airbyte_api import AirbyteAPI, api, models

from ingestion.airbyte.server.actors import Created, ensure_destination, ensure_source, listed, update_secrets
from ingestion.airbyte.server.client import AirbyteServerError, call, read
from ingestion.connectors.spec import Source
from ingestion.projection import Kept

log = logging.getLogger("comptoir.airbyte_setup")


@dataclass(frozen=True)
class ConnectionPlan:
    """What must exist on the server. `name` is that of the connection and of what is created for it."""

    name: str
    source: Source
    database_url: str  # the warehouse, as the Airbyte server reaches it
    schema: str = "raw_shop"
    workspace: str = ""  # name or id; empty: the only one there is


def ensure_connection(client: AirbyteAPI, plan: ConnectionPlan) -> str:
    """The id of the connection called `plan.name`; created if missing.

    Raises AirbyteServerError when it cannot be used: not active, with a prefix, or its name is not unique.
    """
    connections = client.connections.list_connections
    known = listed(connections, api.ListConnectionsRequest)
    found = [connection for connection in known if connection["name"] == plan.name]
    if len(found) > 1:
        raise AirbyteServerError(f"{len(found)} Airbyte connections are called {plan.name!r}: rename all but one")
    if found:
        return _completed(client, found[0], plan)
    workspace_id = _workspace(client, plan.workspace)
    source_id = ensure_source(client, plan.name, plan.source, workspace_id)
    destination_id = ensure_destination(client, plan.name, plan.database_url, plan.schema, workspace_id)
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
    created = read(partial(client.connections.create_connection, request=request), Created)
    log.info("created connection %r (%s) on the Airbyte server", plan.name, created.connection_id)
    return created.connection_id


def _completed(client: AirbyteAPI, connection: dict[str, Any], plan: ConnectionPlan) -> str:
    """The id of an existing connection, after adding the streams it lacks."""
    connection_id: str = connection["connectionId"]
    if connection.get("status") != "active":
        raise AirbyteServerError(
            f"the Airbyte connection {plan.name!r} is {connection.get('status')}: switch it on in Airbyte"
        )
    if connection.get("prefix"):
        raise AirbyteServerError(
            f"the Airbyte connection {plan.name!r} puts the prefix {connection['prefix']!r} before its tables' names: "
            "remove it in Airbyte, our tables have none"
        )
    if plan.source.has_new_secrets:
        update_secrets(client, connection["sourceId"], plan.source)
    streams = connection.get("configurations", {}).get("streams") or []
    missing = [name for name in plan.source.streams if name not in {stream["name"] for stream in streams}]
    if not missing:
        return connection_id
    added = _streams(client, plan.source, connection["sourceId"], connection["destinationId"], missing)
    if added:
        kept = [models.StreamConfiguration.model_validate(stream) for stream in streams]
        change = models.ConnectionPatchRequest(configurations=models.StreamConfigurations(streams=[*kept, *added]))
        request = api.PatchConnectionRequest(connection_id=connection_id, connection_patch_request=change)
        read(partial(client.connections.patch_connection, request=request), Created)
        log.info("added %s to connection %r", ", ".join(stream.name for stream in added), plan.name)
    return connection_id


def _streams(
    client: AirbyteAPI, source: Source, source_id: str, destination_id: str, names: list[str] | None = None
) -> list[models.StreamConfiguration]:
    """Each stream incremental if the server offers that, else full refresh; left out if the source lacks it."""
    request = api.GetStreamPropertiesRequest(source_id=source_id, destination_id=destination_id, ignore_cache=True)
    offered = call(partial(client.streams.get_stream_properties, request=request)).stream_properties_response or []
    modes = {stream.stream_name: stream.sync_modes or [] for stream in offered}
    properties = {stream.stream_name: stream.property_fields or [] for stream in offered}
    incremental = models.ConnectionSyncModeEnum.INCREMENTAL_DEDUPED_HISTORY
    full = models.ConnectionSyncModeEnum.FULL_REFRESH_OVERWRITE
    return [
        models.StreamConfiguration(
            name=name,
            sync_mode=incremental if incremental in modes[name] else full,
            selected_fields=_selected(properties[name], source.kept.get(name)),
        )
        for name in names or source.streams
        if name in modes
    ]


def _selected(properties: list[list[str]], fields: Kept | None) -> list[models.SelectedFieldInfo] | None:
    """The kept ones of a stream's top-level properties; None, which is all, when nothing is left out."""
    names = {path[0] for path in properties if path}
    if fields is None or not names - fields.keys():
        return None
    return [models.SelectedFieldInfo(field_path=[name]) for name in fields if name in names]


def _workspace(client: AirbyteAPI, wanted: str) -> str:
    known = listed(client.workspaces.list_workspaces, api.ListWorkspacesRequest)
    found: list[str] = [w["workspaceId"] for w in known if not wanted or wanted in (w["name"], w["workspaceId"])]
    if len(found) == 1:
        return found[0]
    names = ", ".join(sorted(workspace["name"] for workspace in known)) or "none"
    raise AirbyteServerError(f"set COMPTOIR_AIRBYTE_WORKSPACE to one of the server's workspaces: {names}")
