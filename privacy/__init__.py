"""Pseudonyms, roles and (later) erasure and export."""
