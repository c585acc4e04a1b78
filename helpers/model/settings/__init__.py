"""Settings files: which keys they have, how they are read, what editors are told of them."""
