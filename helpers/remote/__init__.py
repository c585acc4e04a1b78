"""Other machines, through ssh alone."""
