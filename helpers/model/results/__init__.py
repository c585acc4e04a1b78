"""Results of tests: of each dir and run, their words, coverage, what repeats them."""
