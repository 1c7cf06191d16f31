"""The demo shop's data and trade: its entities, how orders are priced and changed, and the SQLite file they live in."""
