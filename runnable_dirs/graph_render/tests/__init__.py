"""Tests of graph_render."""
