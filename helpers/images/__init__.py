"""Jobs on images: the base image, builds, versions."""
