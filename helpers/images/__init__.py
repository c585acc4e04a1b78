"""Jobs on images: which one is meant, builds, lock files, contents, clean-up."""
