"""Reads vendors' invoices from CSV and JSON into one clean form."""
