"""git for jobs on many checkouts: what only they ask of it, or let it change."""
