"""The only place that prints: tables, live views, plain lines, errors. Knows the model alone."""
