"""A small job queue over Redis that loses no job when a worker dies."""
