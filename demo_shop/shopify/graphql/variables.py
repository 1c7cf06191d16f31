"""What Shopify refuses of a request before it runs: variables of another type, and global ids that are none.

The messages and their `extensions` are Shopify's; such an answer has status 200 and no data.
"""

from __future__ import annotations

import re
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    type_from_ast,
    visit,
)
from graphql.execution.values import get_variable_values

from demo_shop.shopify.identifiers import parse_gid

Refusal = dict[str, Any]
_PLAIN_ID = re.compile(r"\d+")  # Shopify takes a plain number for some ids


def refusals(
    schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any], operation_name: str | None
) -> list[Refusal]:
    """The errors of Shopify's answer; empty when the operation can run."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    chosen = [o for o in operations if operation_name is None or (o.name and o.name.value == operation_name)]
    if len(chosen) != 1:
        message = f"No operation named {operation_name!r}" if operation_name else "An operation name is required"
        return [{"message": message}]
    definitions = chosen[0].variable_definitions or ()
    coerced = get_variable_values(schema, definitions, variables)
    if isinstance(coerced, list):
        return [_of_variable(error) for error in coerced]
    found = []
    for definition in definitions:
        kind, name = type_from_ast(schema, definition.type), definition.variable.name.value
        value = variables.get(name)
        if kind and get_named_type(kind).name == "ID" and isinstance(value, str) and not _is_id(value):
            explanation = f"Invalid global id '{value}'"
            found.append(
                {
                    "message": f"Variable ${name} of type {kind} was provided invalid value",
                    "extensions": {"value": value, "problems": [{"path": [], "explanation": explanation}]},
                }
            )
    return found or _of_literals(schema, document)


def _is_id(text: str) -> bool:
    return bool(parse_gid(text) or _PLAIN_ID.fullmatch(text))


def _of_variable(error: GraphQLError) -> Refusal:
    name = re.search(r"'?\$(\w+)'?", error.message)
    return {
        "message": f"Variable ${name[1] if name else ''} was provided invalid value",
        "locations": [{"line": place.line, "column": place.column} for place in error.locations or ()],
        "extensions": {"problems": [{"path": [], "explanation": error.message}]},
    }


class _Literals(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types, self.found = types, list[str]()

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        kind = self.types.get_input_type()
        if kind and get_named_type(kind).name == "ID" and not _is_id(node.value):
            self.found.append(node.value)


def _of_literals(schema: GraphQLSchema, document: DocumentNode) -> list[Refusal]:
    types = TypeInfo(schema)
    literals = _Literals(types)
    visit(document, TypeInfoVisitor(types, literals))
    extensions = {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"}
    return [{"message": f"Invalid global id '{text}'", "extensions": extensions} for text in literals.found]
