"""Jobs on a repo and all its submodules at once."""
