"""The job that tells whether a machine and a repo are in order."""
