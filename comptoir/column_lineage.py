"""Which columns each column of dbt's tables is made of, read from the compiled SQL by sqlglot. Needs no database.

dagster-dbt has this too, but asks Postgres for the columns of every table and its parents while a run goes on. Here it
is made once, when the project is parsed. Rows that only say how many there are (`count(*)`) come from no column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

DIALECT = "postgres"
TABLES = ("model", "snapshot", "seed")
OF_SNAPSHOTS = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")  # dbt's own, made of no column

Column = tuple[str, str]  # dbt's unique id of a table, and a column of it
Lineage = dict[str, dict[str, list[Column]]]  # unique id → column → the columns of its direct parents, sorted


def column_lineage(manifest: Mapping[str, Any]) -> Lineage:
    """The lineage of every model and snapshot of a manifest with compiled code.

    Raises sqlglot.errors.SqlglotError for SQL that cannot be read.
    """
    nodes = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] in TABLES}
    queries = {name: _parsed(node) for name, node in nodes.items() if node["resource_type"] == "model"}
    tables = {_name(node): unique_id for unique_id, node in {**nodes, **manifest["sources"]}.items()}
    schema = MappingSchema(dialect=DIALECT)
    for name, columns in _columns_of_sources(manifest["sources"], queries, tables).items():
        _add(schema, manifest["sources"][name], columns)
    found: Lineage = {}
    for name in TopologicalSorter({one: _parents(node) & nodes.keys() for one, node in nodes.items()}).static_order():
        node = nodes[name]
        match node["resource_type"]:
            case "seed":
                _add(schema, node, node["columns"])
            case "snapshot":
                [parent] = _parents(node)
                found[name] = {column: [(parent, column)] for column in found[parent]}
                _add(schema, node, [*found[name], *OF_SNAPSHOTS])
            case _:
                found[name] = _of_model(queries[name], schema, tables)
                _add(schema, node, found[name])
    return found


def _of_model(query: exp.Query, schema: MappingSchema, tables: Mapping[str, str]) -> dict[str, list[Column]]:
    # untrimmed: to trim, sqlglot copies the query for every column, which takes nine tenths of the time
    roots = lineage(None, query, schema=schema, dialect=DIALECT, trim_selects=False)
    return {column: sorted(set(_sources(root, query, schema, tables))) for column, root in roots.items()}


def _sources(root: Node, query: exp.Query, schema: MappingSchema, tables: Mapping[str, str]) -> Iterator[Column]:
    """The columns of other tables at the ends of a column's lineage."""
    for node in root.walk():
        table = node.expression
        if node.downstream or not isinstance(table, exp.Table):
            continue
        if isinstance(table.this, exp.Func):
            # rows made of a column, as of a list in JSON: sqlglot ends here
            for column in table.this.find_all(exp.Column):
                yield from _by_name(column.name, query, schema, tables, set())
        elif (unique_id := tables.get(_table_name(table))) and "*" not in node.name:
            yield unique_id, exp.to_column(node.name).name


def _by_name(
    column: str, query: exp.Query, schema: MappingSchema, tables: Mapping[str, str], seen: set[str]
) -> Iterator[Column]:
    """What a name within a query is made of, wherever in it: a column of a table that it reads, or an alias."""
    if column in seen:
        return
    seen.add(column)
    for table in query.find_all(exp.Table):
        if (unique_id := tables.get(_table_name(table))) and column in schema.column_names(table):
            yield unique_id, column
    for made_of in _named(column, query):
        for inner in made_of.find_all(exp.Column):
            yield from _by_name(inner.name, query, schema, tables, seen)


def _named(column: str, query: exp.Query) -> Iterator[exp.Expr]:
    """What a query gives this name: expressions, and functions that make rows of it."""
    for alias in query.find_all(exp.Alias):
        if alias.alias == column:
            yield alias.this
    for rows in query.find_all(exp.TableAlias):
        if rows.parent and column in [one.name for one in rows.columns]:
            yield rows.parent.this


def _parsed(node: Mapping[str, Any]) -> exp.Query:
    """A model's compiled SQL. `f(a -> 'b')` is read as what it is in Postgres: sqlglot takes it for a lambda."""
    query = parse_one(node["compiled_code"], dialect=DIALECT)
    assert isinstance(query, exp.Query)
    for function in list(query.find_all(exp.Lambda)):
        columns = [exp.column(one.copy()) for one in function.expressions]
        function.replace(exp.Anonymous(this="jsonb_extract_path", expressions=[*columns, function.this.copy()]))
    return query


def _columns_of_sources(
    sources: Mapping[str, Any], queries: Mapping[str, exp.Query], tables: Mapping[str, str]
) -> dict[str, set[str]]:
    """Source → its columns, as far as models read them: raw tables are as wide as the shop's API is."""
    found = {name: set(source["columns"]) for name, source in sources.items()}
    for query in queries.values():
        for scope in traverse_scope(query):
            for column in scope.columns:
                for table in _tables_of(column.name, column.table, scope):
                    if (name := tables.get(_table_name(table))) in found:
                        found[name].add(column.name)
    return found


def _tables_of(column: str, alias: str, scope: Scope) -> Iterator[exp.Table]:
    """The tables that a column is of which a scope reads from its source `alias`; without alias, from any."""
    for name, (_, source) in scope.selected_sources.items():
        if alias and name != alias:
            continue
        if isinstance(source, exp.Table):
            yield source
        elif isinstance(source.expression, exp.Select) and not _defines(source.expression, column):
            for star in (one for one in source.expression.selects if one.is_star):
                yield from _tables_of(column, star.table if isinstance(star, exp.Column) else "", source)


def _defines(select: exp.Select, column: str) -> bool:
    return any(one.alias_or_name == column for one in select.selects)


def _parents(node: Mapping[str, Any]) -> set[str]:
    return set(node["depends_on"].get("nodes", []))


def _add(schema: MappingSchema, node: Mapping[str, Any], columns: Any) -> None:
    # a table without columns is not known to sqlglot; their types are not looked at
    schema.add_table(_name(node), dict.fromkeys(columns, "text") or {"_": "text"}, dialect=DIALECT)


def _name(node: Mapping[str, Any]) -> str:
    return ".".join(f'"{part}"' for part in (node["database"], node["schema"], node.get("identifier") or node["alias"]))


def _table_name(table: exp.Table) -> str:
    return ".".join(f'"{part}"' for part in (table.catalog, table.db, table.name))
