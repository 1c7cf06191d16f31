"""The click collector: Segment's HTTP tracking API into Kafka. `python -m collector` serves it."""
