"""What visitors see: search, recommendations and the demo shop's pages. `python -m storefront.api` serves it."""
