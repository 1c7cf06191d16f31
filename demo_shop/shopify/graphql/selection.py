"""The fields that a selection of a GraphQL document asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    SelectionSetNode,
)

Fragments = Mapping[str, FragmentDefinitionNode]
"""A document's named fragments, by name."""


def fragments_of(document: DocumentNode) -> Fragments:
    """The document's named fragments."""
    return {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}


def selected_fields(
    schema: GraphQLSchema, selection: SelectionSetNode, parent: Any, fragments: Fragments
) -> Iterator[tuple[FieldNode, Any]]:
    """(field, type it belongs to) of a selection on the type `parent`, fields of fragments included."""
    for node in selection.selections:
        if isinstance(node, FieldNode):
            yield node, parent
            continue
        fragment = fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        condition = getattr(fragment, "type_condition", None)
        owner = schema.type_map[condition.name.value] if condition else parent
        yield from selected_fields(schema, fragment.selection_set, owner, fragments)  # type: ignore[union-attr]


def response_key(field: FieldNode) -> str:
    """The field's name in the answer: its alias, if it has one."""
    return field.alias.value if field.alias else field.name.value
