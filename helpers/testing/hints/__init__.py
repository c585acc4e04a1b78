"""What a failure may be due to, and what a name that there is not may have meant."""
