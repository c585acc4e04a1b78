"""Words of the commands that messages tell to type, and of Dockerfiles."""


def quoted(text: object) -> str:
    """A text or a path as one word of a shell."""
    # Imported here: only messages need it.
    import shlex

    return shlex.quote(str(text))


def quoted_in_dockerfile(text: str) -> str:
    """A text as one word of a Dockerfile, which knows no other escapes and replaces variables."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
