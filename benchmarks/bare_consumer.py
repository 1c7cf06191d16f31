"""The baseline of freshness.py: a kafka-python consumer, one upsert and one commit per event, no counts, no scores.

`python -m benchmarks.bare_consumer BOOTSTRAP TOPIC DATABASE_URL` runs until it is stopped.
"""

from __future__ import annotations

import psycopg
import typer
from kafka import KafkaConsumer
from msgspec import json

TABLE = "public.bare_clicks"
UPSERT = f"""
    insert into {TABLE} (visitor_id, product_id, clicked_at) values (%s, %s, %s)
    on conflict (visitor_id) do update set product_id = excluded.product_id, clicked_at = excluded.clicked_at
"""


def main(bootstrap: str, topic: str, database_url: str) -> None:
    """Keep the newest click of each visitor in TABLE."""
    consumer = KafkaConsumer(topic, bootstrap_servers=bootstrap, group_id="bare", auto_offset_reset="latest")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            f"create table if not exists {TABLE} (visitor_id text primary key, product_id text, clicked_at timestamptz)"
        )
        for record in consumer:
            event = json.decode(record.value)
            connection.execute(
                UPSERT, [event["anonymousId"], event["properties"]["product_id"], event["timestamp"]], prepare=True
            )


if __name__ == "__main__":
    typer.run(main)
