"""A socket that passes on to the engine what its policy allows, and nothing else."""
