"""Guess what a misspelt word meant."""

from collections.abc import Iterable


def nearest_value(option: str, text: str, words: Iterable[str]) -> str:
    """An option with the most similar word; with all words if none is similar."""
    # Imported here: most values are right.
    import difflib

    known = list(words)
    meant = difflib.get_close_matches(text.lower(), known, n=1) or known
    return " or ".join(f"{option} {word}".lstrip() for word in meant)
