"""The tasks that there are, by the user's job."""

import re
from collections.abc import Mapping, Sequence

# A longer name has its text right behind it: one name does not move the texts of all others.
_NAME_WIDTH = 29
_CLAUSE = re.compile(r"[;:] ")


def print_groups(groups: Mapping[str, Sequence[tuple[str, str]]], width: int) -> None:
    """Print a line for each task, below the name of its group.

    Args:
        groups: names of tasks and what they do, by group.
        width: columns of the terminal.
    """
    print("Tasks; i help <task> says more, i help <word> finds some:")
    for group, tasks in groups.items():
        print(f"\n{group}")
        for name, text in tasks:
            start = f"  {name:{_NAME_WIDTH}}  "
            print(f"{start}{shortened(text, width - len(start))}".rstrip())


def shortened(text: str, width: int) -> str:
    """The first clauses of a text that fit; if none fits, the first words and dots."""
    if len(text) <= width:
        return text
    clauses = [text[: found.start()] for found in _CLAUSE.finditer(text)]
    fitting = [clause for clause in clauses if len(clause) < width]
    if fitting:
        return f"{fitting[-1]}."
    return f"{text[: max(width - 3, 0)].rpartition(' ')[0]}..."
