"""Jobs that keep files the same that many repos share."""
