"""Models that are a formula."""
