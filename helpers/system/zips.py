"""Zip archives that somebody else wrote."""

import zipfile
import zlib

# What comes of one that is damaged, encrypted, or packed in a way that Python does not know.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
