"""A new repo from a few answers: a plan of steps, each of which looks whether it is done."""
