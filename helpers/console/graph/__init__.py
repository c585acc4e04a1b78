"""The dependency graph as people look at it: Mermaid, an image, a page."""
