"""The job that checks messages of commits where versions follow from them."""

from pathlib import Path

from helpers.model.commit_check import check_message, without_comments
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.system.files import read_text
from helpers.vcs.deepen import bring_merge_base
from helpers.vcs.history import merge_base
from helpers.vcs.messages import messages_since


def check_file(path: Path) -> list[HelpersError]:
    """What is wrong with the message in a file, as an editor leaves it for git.

    Raises:
        HelpersError: there is no such file.
    """
    text = read_text(path)
    if text is None:
        raise HelpersError("there is no file with a message", where=str(path), fix="i commit_check")
    return _found([("the message", without_comments(text))])


def check_branch(repo: Repo, base: str) -> tuple[int, list[HelpersError]]:
    """How many messages the branch has, and what is wrong with them.

    Args:
        base: a branch, tag or commit that the branch left; empty: the newest commit is checked.

    Raises:
        HelpersError: there is no such commit.
    """
    since = merge_base(repo.root, base) if base else ""
    messages = messages_since(repo.root, since)
    return len(messages), _found([(f"commit {id[:12]}", text) for id, text in messages])


def check_request(repo: Repo, base: str, title: str) -> tuple[int, list[HelpersError]]:
    """The same of a pull request's title and commits; what is missing of history is fetched.

    Args:
        base: the commit that it is compared with; empty: none, so the title alone is checked.
        title: empty: nobody asks to merge anything.

    Raises:
        HelpersError: history cannot be fetched.
    """
    number, found = 0, []
    if title:
        number, found = 1, _found([("the title of the pull request", title)])
    if base:
        bring_merge_base(repo.root, base)
        commits, wrong = check_branch(repo, base)
        number, found = number + commits, [*found, *wrong]
    return number, found


def _found(messages: list[tuple[str, str]]) -> list[HelpersError]:
    found = []
    for name, text in messages:
        wrong, example = check_message(text)
        if wrong:
            title = text.strip().partition("\n")[0]
            what, fix = f"{name}: {wrong}", f"write  {example}"
            found.append(HelpersError(what, where=title[:200], fix=fix))
    return found
