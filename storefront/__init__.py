"""What the shop's visitors touch: the click collector, search, recommendations and the demo shop's pages."""
