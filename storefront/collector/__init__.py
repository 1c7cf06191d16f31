"""The click collector: Segment's HTTP tracking API into Kafka. `python -m storefront.collector` serves it."""
