"""Lock files: which image writes them, and the job that changes them."""
