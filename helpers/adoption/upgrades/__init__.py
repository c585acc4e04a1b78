"""Other versions of the toolchain in an adopting repo: moved to, migrated, undone."""
