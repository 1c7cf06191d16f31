"""The generated shop's categories, one file for a few related departments."""
