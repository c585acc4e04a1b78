"""Whether a pass of an earlier run may stand for a dir's tests, and where passes are kept."""
