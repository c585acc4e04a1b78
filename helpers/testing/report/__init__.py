"""`report.html`: a test run as one page that needs no network."""
