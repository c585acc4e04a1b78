"""git for a repo and all its submodules at once: look, fetch, move, guard pushes."""
