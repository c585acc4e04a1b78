"""Models that are many."""
