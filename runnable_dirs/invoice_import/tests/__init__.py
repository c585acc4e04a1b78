"""Tests of invoice_import."""
