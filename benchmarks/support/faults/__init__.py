"""Processes that are killed with kill -9 under load, and what must still hold after each kill."""
