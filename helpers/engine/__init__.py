"""Docker: the one place that talks to the engine."""
