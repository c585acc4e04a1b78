"""`changelog.txt`: its entries, the rules that keep it in order, notes of releases."""
