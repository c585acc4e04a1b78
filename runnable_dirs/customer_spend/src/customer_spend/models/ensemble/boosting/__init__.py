"""Trees that each correct those before."""
