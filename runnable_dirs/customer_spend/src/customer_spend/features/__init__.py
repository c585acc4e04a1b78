"""What models learn from; each folder that has a function `build` is one group of features."""
