"""A shop made from your own catalogue and clickstream instead of the generated one. See docs/bring-your-data.md."""
