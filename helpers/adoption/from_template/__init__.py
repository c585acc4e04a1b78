"""Runnable dirs from templates: written anew, and brought up to a newer template."""
