"""The command that repeats a test."""

import shlex

from helpers.model.runnable_dir import dir_option


def repeat_command(
    folder: str, node: str, suite: str = "all", root: str = ".", stack: str = ""
) -> str:
    """The command that runs one test again, whichever suite it is of.

    Args:
        folder: of the dir; empty: of every dir.
        node: empty: all of the dir's tests.
        suite: which, where no test is named.
        root: the way to the repo's root from where the command is typed.
        stack: the file of the stack that it is a test of; empty: of none.
    """
    if stack:
        name = node.rpartition("::")[2].partition("[")[0]
        chosen = f" --args {shlex.quote(f'-k {name}')}" if "::" in node else ""
        return f"i stack_test --file {shlex.quote(stack)}{chosen}"
    dir = f" {dir_option(folder)}" if folder else ""
    command = f"./main_pytest.py{dir} --suite "
    command += f"all -- {shlex.quote(node)}" if node else suite
    return command if root == "." else f"(cd {shlex.quote(root)} && {command})"
