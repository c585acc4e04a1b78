"""Jobs that share images with others: release, roll back, history, pull."""
