"""Trainings: a command of a dir that runs in its container, and the results that it leaves."""
