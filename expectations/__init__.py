"""The gates of the warehouse: Great Expectations suites, one file per layer, and what runs them."""
