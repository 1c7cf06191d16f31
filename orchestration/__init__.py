"""Dagster: the graph from source to consumer. The only room that imports it."""
