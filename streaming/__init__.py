"""Clickstream to serving tables: PySpark Structured Streaming, state and results in Postgres."""
