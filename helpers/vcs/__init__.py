"""git for one repo: its files, its commits, its submodules, and what is below it."""
