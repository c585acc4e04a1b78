"""Base images: the one that settings name, or one of the distribution's own packages."""
