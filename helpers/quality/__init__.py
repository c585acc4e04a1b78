"""The job that checks code: one list of tools for people, hooks and CI."""
