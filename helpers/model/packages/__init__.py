"""Packages: what an environment holds, what is locked, known vulnerabilities, imports."""
