"""Models that are a rule."""
