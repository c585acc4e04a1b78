"""The views of a test run: live, as plain lines, as JSON, for GitHub, and its summary."""
