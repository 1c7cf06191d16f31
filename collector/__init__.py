"""The click collector: Segment's HTTP tracking API in front of Kafka. `python -m collector` serves it."""
