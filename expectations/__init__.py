"""Data quality gates: Great Expectations over the raw, staging and marts layers."""
