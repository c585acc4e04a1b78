"""What all features have in common."""
