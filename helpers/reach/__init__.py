"""Jobs on many machines: which ones there are, how they stand, what is left on them."""
