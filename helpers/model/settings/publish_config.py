"""The key `publish` of `ci`: to which package indexes a push of a branch publishes wheels."""

import re
from collections.abc import Mapping
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.packages.index import PackageIndex
from helpers.model.settings.keys import Key, Kind, Rule, like, of_form
from helpers.model.wheel import Mode

# Whom most indexes with Trusted Publishing expect to be named in a token of GitLab's.
_AUDIENCE = "pypi"
# A name in a command, and in the name of a job.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PUBLISH_KEYS = (
    Key(
        "branch",
        Kind.TEXT,
        "The branch of `branches` whose pushes are published; required where there are several.",
    ),
    Key("environment", Kind.TEXT, "Of `environments`, that of the job; default: none."),
    Key(
        "mode",
        Kind.CHOICE,
        "`vendor` or `pin`, as in `i package_publish`; without the key: vendor.",
        choices=tuple(Mode),
    ),
    Key("locked", Kind.FLAG, "Third-party packages are pinned to the lock file."),
    Key("sdist", Kind.FLAG, "Source distributions are published as well."),
    Key(
        "secret",
        Kind.TEXT,
        "The secret of the forge with the password, for an index without Trusted Publishing.",
        rule=Rule(
            "(?!GITHUB_)[A-Z_][A-Z0-9_]*",
            "is no name of a secret",
            "write the name that the secret has at the forge, such as INDEX_PASSWORD",
        ),
    ),
    Key(
        "username",
        Kind.TEXT,
        "Whose password the secret is; without it: that of a token, `__token__`.",
        rule=of_form("username", r"[A-Za-z0-9_.@+-]+", "letters, digits, '_', '.', '@', '+', '-'"),
    ),
    Key(
        "audience",
        Kind.TEXT,
        f"With GitLab: for whom the job's token is, as the index says; default: {_AUDIENCE}.",
        rule=like("audience", r"[A-Za-z0-9][A-Za-z0-9._:/-]*", "is no name or address", "testpypi"),
    ),
)


@dataclass(frozen=True, slots=True)
class Publication:
    """Wheels that are published after a push: each attribute is as `PUBLISH_KEYS` says.

    Attributes:
        index: the name of the index.
    """

    index: str
    branch: str = ""
    environment: str = ""
    mode: str = str(Mode.VENDOR)
    locked: bool = False
    sdist: bool = False
    secret: str = ""
    username: str = ""
    audience: str = _AUDIENCE


def publications(
    values: Mapping[str, Mapping[str, Any]],
    branches: tuple[str, ...],
    environments: tuple[str, ...],
    where: str,
) -> tuple[Publication, ...]:
    """The settings as typed values.

    Args:
        values: by index, what was read of its keys.
        branches: those that the pipeline starts for.
        environments: those that the repo names.
        where: the file and the line, for messages alone.

    Raises:
        HelpersError: values do not go together.
    """
    found = []
    for index, given in values.items():
        branch = given.get("branch") or (branches[0] if len(branches) == 1 else "")
        one = Publication(index, **{**given, "branch": branch})
        _check(one, branches, environments, where)
        found.append(one)
    return tuple(found)


def _check(
    one: Publication, branches: tuple[str, ...], environments: tuple[str, ...], where: str
) -> None:
    what, fix = "", ""
    if not _PLAIN.fullmatch(one.index):
        what = f"the index {one.index!r} has no name that a job can have"
        fix = "rename it, here and in 'indexes': letters, digits, '.', '_' and '-'"
    elif not one.branch:
        what = f"{one.index!r} names no branch, and 'branches' has: {', '.join(branches)}"
        fix = f"write publish: {{{one.index}: {{branch: {branches[-1]}}}}}"
    elif one.branch not in branches:
        what = f"pushes of {one.branch!r} start nothing; 'branches' has: {', '.join(branches)}"
        fix = f"write publish: {{{one.index}: {{branch: {branches[-1]}}}}}, or add it to 'branches'"
    elif one.environment and one.environment not in environments:
        known = ", ".join(environments) or "none"
        what = f"the repo has no environment {one.environment!r}; it has: {known}"
        fix = f"add to 'ci': environments: [{one.environment}]"
    elif one.username and not one.secret:
        what = f"{one.index!r} has a username and no secret with the password"
        fix = f"add secret: INDEX_PASSWORD to {one.index!r}, or remove 'username'"
    if what:
        raise HelpersError(f"key 'publish': {what}", where=where, fix=fix)


def check_indexes(
    wanted: tuple[Publication, ...], indexes: Mapping[str, PackageIndex], where: str
) -> None:
    """Make sure that what is published goes to indexes of the repo, which take files.

    Raises:
        HelpersError: it does not.
    """
    for one in wanted:
        known = indexes.get(one.index)
        if known and known.publish:
            continue
        if known:
            what = f"the index {one.index!r} has no 'publish', so it is read alone"
            fix = "add 'publish: https://HOST/PATH' to it"
        else:
            what = f"there is no index {one.index!r}; 'indexes' has: {', '.join(indexes) or 'none'}"
            fix = f"add indexes: {{{one.index}: {{publish: https://HOST/PATH,"
            fix += " simple: https://HOST/simple}}"
        raise HelpersError(f"key 'publish': {what}", where=where, fix=fix)
