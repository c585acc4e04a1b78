"""Tests of link_check."""
