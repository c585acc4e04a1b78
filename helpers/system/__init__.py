"""The machine: processes, files, the two roots, the host. Knows neither Docker nor git."""
