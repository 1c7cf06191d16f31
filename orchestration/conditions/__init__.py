"""What is wrong as only Dagster knows it: runs, checks, ticks, freshness. Reported to the watcher by defs/alerts.py."""
