"""From the clickstream to the serving tables: PySpark Structured Streaming, with state and results in Postgres."""
