"""Alembic's environment: it works on the connection of `comptoir.database.apply_schema`, in its transaction."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="migrations", version_table_schema="ops")
with context.begin_transaction():
    context.run_migrations()
