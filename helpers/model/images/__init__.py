"""Images: their names, what they are built on and for, what is in them, where they are."""
