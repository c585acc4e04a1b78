"""What was meant by a word that is none of those there are."""

from collections.abc import Iterable


def nearest_value(option: str, text: str, words: Iterable[str]) -> str:
    """An option with the word that is spelled most alike; with each where none is alike."""
    # Imported here: most values are right.
    import difflib

    known = list(words)
    meant = difflib.get_close_matches(text.lower(), known, n=1) or known
    return " or ".join(f"{option} {word}".lstrip() for word in meant)
