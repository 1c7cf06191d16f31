"""The stream's heartbeat in ops.heartbeats, as everyone reads it who asks whether the stream works."""

from __future__ import annotations

PROCESS = "stream"
OLDEST_HEARTBEAT = 60.0  # seconds; the stream writes one every three
# one row (seconds since the last heartbeat, its time, its details), or none before the first
LAST_HEARTBEAT = f"""
    select extract(epoch from now() - beat_at)::float8, beat_at, details
    from ops.heartbeats where process = '{PROCESS}'
"""
