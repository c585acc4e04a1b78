"""Jobs that give the toolchain to a repo, and keep it there: adopt, templates, upgrade."""
