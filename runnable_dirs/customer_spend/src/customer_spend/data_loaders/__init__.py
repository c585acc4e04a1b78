"""Where data comes from; each `*_data_loader.py` is one source."""
