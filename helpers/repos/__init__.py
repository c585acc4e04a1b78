"""Many repos at once: those that a file lists."""
