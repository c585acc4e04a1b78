"""What images hold: packages, their known vulnerabilities, what differs between two."""
