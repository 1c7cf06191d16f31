"""Dagster: the graph from source to consumer. Only this room imports Dagster."""
