"""Jobs on many hosts: which ones there are, how they stand, and one run on all of them."""
