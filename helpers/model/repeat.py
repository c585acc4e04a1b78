"""The command that repeats a test."""

import shlex


def repeat_command(folder: str, node: str, suite: str = "all") -> str:
    """The command that runs one test again, whichever suite it is of.

    Args:
        node: empty: all of the dir's tests.
        suite: which, where no test is named.
    """
    where = shlex.quote(folder)
    if not node:
        return f"./main_pytest.py --dir {where} --suite {suite}"
    return f"./main_pytest.py --dir {where} --suite all -- {shlex.quote(node)}"
