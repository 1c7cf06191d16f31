"""Measurements: `python -m benchmarks [FAMILY ...]` (or `make bench`) writes results/<family>.json.

A family is a module with a function `measure() -> list[Figure]`; __main__.py lists them. Most figures stand next to a
baseline measured in the same run: the simplest program that does the same work (the modules `bare_...`).
What benchmarks and tests both need is in support/: benchmarks must not import tests.
"""
