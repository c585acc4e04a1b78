"""The keys `deploy` and `logins` of `ci`: which push runs in which environment, and who logs in."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.keys import Key, Kind, Rule, of_form

DEFAULT_TESTS = "tests/acceptance"
# What GitHub gives each job; its own registry takes it as a password.
JOB_TOKEN = "GITHUB_TOKEN"  # noqa: S105 - a name
# A name in a command.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FOLDER = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
DEPLOY_KEYS = (
    Key(
        "branch",
        Kind.TEXT,
        "The branch of `branches` whose pushes run there; default: that of the environment before.",
    ),
    Key(
        "tests",
        Kind.TEXT,
        "The folder of a dir with the tests that accept what runs there; default:"
        f" {DEFAULT_TESTS}.",
        rule=of_form("tests", f"{_FOLDER}(?:/{_FOLDER})*", "tests/integration, below each dir"),
    ),
)
LOGIN_KEYS = (
    Key(
        "username",
        Kind.TEXT,
        "Who logs in.",
        required=True,
        rule=of_form(
            "username", r"[A-Za-z0-9_.@+$-]+", "letters, digits, '_', '.', '@', '+', '$', '-'"
        ),
    ),
    Key(
        "secret",
        Kind.TEXT,
        "The secret of the forge with the password; `GITHUB_TOKEN` is the job's own token.",
        required=True,
        rule=Rule(
            f"{JOB_TOKEN}|(?!GITHUB_)[A-Z_][A-Z0-9_]*",
            "is no name of a secret",
            "write the name that the secret has at the forge, such as REGISTRY_PASSWORD",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a push brings to an environment: each attribute is as `DEPLOY_KEYS` says.

    Attributes:
        environment: its name, which is also that of the forge's environment.
        leads_on: something is promoted from it to another environment.
    """

    environment: str
    branch: str
    tests: str = DEFAULT_TESTS
    leads_on: bool = True


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in to a registry or an index: each attribute is as `LOGIN_KEYS` says.

    Attributes:
        name: that of the registry or the index.
        is_index: it is one.
    """

    name: str
    username: str
    secret: str
    is_index: bool = False


def deployments(
    values: Mapping[str, Mapping[str, Any]], branches: tuple[str, ...], where: str
) -> tuple[Deployment, ...]:
    """The settings as typed values.

    Args:
        values: by environment, what was read of its keys.
        branches: those that the pipeline starts for.
        where: the file and the line, for messages alone.

    Raises:
        HelpersError: a branch is missing, or starts nothing.
    """
    found: list[Deployment] = []
    branch = branches[0] if len(branches) == 1 else ""
    for name, given in values.items():
        branch = str(given.get("branch") or branch)
        wrong = f"{name!r} names no branch" if not branch else ""
        if branch and branch not in branches:
            wrong = f"pushes of {branch!r} start nothing"
        if wrong:
            raise HelpersError(
                f"key 'deploy': {wrong}; 'branches' has: {', '.join(branches)}",
                where=where,
                fix=f"write deploy: {{{name}: {{branch: {branches[0]}}}}}",
            )
        found.append(Deployment(name, **{**given, "branch": branch}))
    return tuple(found)


def logins(values: Mapping[str, Mapping[str, str]]) -> tuple[Login, ...]:
    """The settings as typed values."""
    return tuple(Login(name, given["username"], given["secret"]) for name, given in values.items())


def with_repo(
    wanted: tuple[Deployment, ...],
    given: tuple[Login, ...],
    known: tuple[tuple[str, ...], Iterable[str], Iterable[str]],
    where: str,
) -> tuple[tuple[Deployment, ...], tuple[Login, ...]]:
    """What is deployed and who logs in, by the rest of the repo's settings as well.

    Args:
        known: the names of its environments in their order, of its registries and its indexes.

    Raises:
        HelpersError: they do not go together.
    """
    environments, registries, indexes = known
    names = tuple(one.environment for one in wanted)
    if names != environments[: len(names)]:
        said = ", ".join(environments)
        wished = ", ".join(f"{name}: {{}}" for name in environments)
        raise HelpersError(
            f"key 'deploy': expected environments from the first one on, in their order, found"
            f" {', '.join(names)}; 'environments' has: {said or 'none'}",
            where=where,
            fix=f"write deploy: {{{wished}}}; those at the end may be left out"
            if said
            else f"add a line such as  environments: [{', '.join(names)}]",
        )
    there, of_index = set(registries), set(indexes)
    told = tuple(replace(one, is_index=one.name in of_index - there) for one in given)
    _check_logins(told, bool(wanted), there | of_index, where)
    last = environments[-1:]
    return tuple(replace(one, leads_on=(one.environment,) != last) for one in wanted), told


def _check_logins(given: tuple[Login, ...], deploys: bool, known: set[str], where: str) -> None:
    of_indexes = [one.name for one in given if one.is_index]
    for one in given:
        what, fix = "", ""
        if not deploys:
            what = "only jobs that deploy log in, and there is no 'deploy'"
            fix = "remove 'logins', or add 'deploy'"
        elif one.name not in known:
            there = ", ".join(sorted(known)) or "none"
            what = f"there is no registry and no index {one.name!r}; there are: {there}"
            fix = f"add it:  registries: {{{one.name}: registry.example.org/team}}"
        elif not _PLAIN.fullmatch(one.name):
            what = f"{one.name!r} is no name that stands in a command as it is"
            fix = "rename it, here and where it is: letters, digits, '.', '_' and '-'"
        elif len(of_indexes) > 1:
            what = f"a release logs in to one index, and these are: {', '.join(of_indexes)}"
            fix = "keep one of them; an index with Trusted Publishing needs none"
        if what:
            raise HelpersError(f"key 'logins': {what}", where=where, fix=fix)
