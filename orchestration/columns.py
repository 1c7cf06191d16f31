"""Column names and types of a schema's tables, as metadata for Dagster's UI."""

import dagster as dg
import psycopg

QUERY = """
    select table_name, column_name, data_type, is_nullable = 'YES'
    from information_schema.columns
    where table_schema = %s
    order by table_name, ordinal_position
"""


def column_schemas(database_url: str, schema: str) -> dict[str, dg.TableSchema]:
    """Table name → its columns as they are in the database now. Raises psycopg.Error."""
    columns: dict[str, list[dg.TableColumn]] = {}
    with psycopg.connect(database_url) as connection:
        for table, column, data_type, nullable in connection.execute(QUERY, [schema]):
            constraints = dg.TableColumnConstraints(nullable=nullable)
            columns.setdefault(table, []).append(dg.TableColumn(column, data_type, constraints=constraints))
    return {table: dg.TableSchema(columns=found) for table, found in columns.items()}
