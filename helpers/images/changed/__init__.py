"""Which dirs would get another image, and why: compared with an image, or with a commit."""
