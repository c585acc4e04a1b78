"""Lines that are added to a text file, and taken out again without a trace."""


def add_block(text: str | None, block: str) -> str:
    """The text with the block at its end; line ends are the text's own.

    Args:
        text: None: there is no such file.
        block: whole lines.
    """
    if text is None:
        return block
    lines = _as_in(text, block)
    newline = _newline(text)
    if text.endswith("\n"):
        return text + lines
    # What had no last line end has none afterwards, by which this can be undone byte for byte.
    return text + newline + lines.removesuffix(newline)


def remove_block(text: str, block: str) -> str | None:
    """The text as it was before the block was added; None: the file held nothing else."""
    if text == block:
        return None
    lines, newline = _as_in(text, block), _newline(text)
    unended = newline + lines.removesuffix(newline)
    if text.endswith(unended):
        return text.removesuffix(unended)
    return text.replace(lines, "", 1)


def _as_in(text: str, block: str) -> str:
    return block.replace("\n", _newline(text))


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
