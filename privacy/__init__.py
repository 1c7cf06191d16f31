"""Pseudonyms of customers, roles, the map of personal data, and what persons ask: export and erasure."""
