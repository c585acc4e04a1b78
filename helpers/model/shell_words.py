"""Words of the commands that messages tell to type."""


def quoted(text: object) -> str:
    """A text or a path as one word of a shell."""
    # Imported here: only messages need it.
    import shlex

    return shlex.quote(str(text))
