"""Shopify's GraphQL schema with the demo shop's resolvers, and the execution of documents.

The schema is Shopify's own introspection (from the npm package `@shopify/dev-mcp`), so a wrong query gets Shopify's
errors. A field that the demo shop does not fill is empty (connections and lists) or null; where the schema allows
neither, the answer has an error that names the field.
"""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLNonNull,
    GraphQLResolveInfo,
    GraphQLSchema,
    OverlappingFieldsCanBeMergedRule,
    build_client_schema,
    default_field_resolver,
    execute_sync,
    get_named_type,
    is_list_type,
    parse,
    specified_rules,
    validate,
)

from demo_shop.shopify.graphql.connections import EMPTY
from demo_shop.shopify.graphql.context import RequestContext
from demo_shop.shopify.graphql.plain_values import MISSING, PlainValues
from demo_shop.shopify.graphql.root_fields import MUTATIONS, QUERIES

RULES = [rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule]
"""Shopify lets fields of one name differ in type between fragments; the connector's discount query relies on it."""


@lru_cache(maxsize=1)
def load_schema(path: Path) -> GraphQLSchema:
    """The schema from a gzipped introspection result. Raises FileNotFoundError when there is no such file."""
    if not path.exists():
        raise FileNotFoundError(f"Shopify's schema is missing at {path}: run `make setup`, which downloads it from npm")
    with gzip.open(path) as file:
        schema = build_client_schema(json.load(file)["data"], assume_valid=True)
    assert schema.query_type and schema.mutation_type
    for name, resolver in QUERIES.items():
        schema.query_type.fields[name].resolve = resolver
    for name, resolver in MUTATIONS.items():
        schema.mutation_type.fields[name].resolve = resolver
    return schema


@lru_cache(maxsize=256)
def parse_document(schema: GraphQLSchema, text: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """(parsed and validated document, []) or (None, errors)."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return None, [error]
    errors = validate(schema, document, RULES)
    return (None, errors) if errors else (document, [])


def execute_document(
    schema: GraphQLSchema,
    document: DocumentNode,
    context: RequestContext,
    variables: dict[str, Any] | None = None,
    operation: str | None = None,
) -> ExecutionResult:
    """The data and errors of a validated document, executed in this thread."""
    return execute_sync(
        schema,
        document,
        root_value={},
        context_value=context,
        variable_values=variables,
        operation_name=operation,
        field_resolver=_resolve_field,
        type_resolver=_resolve_type,
        execution_context_class=PlainValues,
    )


def _resolve_field(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    if not isinstance(source, dict):  # a type or field of the schema itself, for introspection
        return default_field_resolver(source, info, **arguments)
    value = source.get(info.field_name, MISSING)
    if value is MISSING:
        return _absent(info)
    return value(info, **arguments) if callable(value) else value


def _resolve_type(value: Any, _info: GraphQLResolveInfo, _type: Any) -> str | None:
    return value.get("__typename")


def _absent(info: GraphQLResolveInfo) -> Any:
    if info.parent_type is info.schema.mutation_type:
        raise GraphQLError(f"the demo shop is read-only here: it cannot {info.field_name}")
    if get_named_type(info.return_type).name.endswith("Connection"):
        return EMPTY
    if not isinstance(info.return_type, GraphQLNonNull):
        return None
    if is_list_type(info.return_type.of_type):
        return []
    raise GraphQLError(f"the demo shop has no {info.parent_type.name}.{info.field_name}")
