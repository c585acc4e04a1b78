"""git: the one place that talks to it."""
