"""Files that many repos share: what is shared, how each repo stands, what is merged."""
