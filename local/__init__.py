"""The embedded stack: everything Comptoir needs, on one machine, without containers."""
