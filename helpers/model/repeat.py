"""The command that repeats a test."""

import shlex


def repeat_command(folder: str, node: str) -> str:
    """The command that runs one test again, whichever suite it is of."""
    where = shlex.quote(folder)
    return f"./main_pytest.py --dir {where} --suite all -- {shlex.quote(node)}"
