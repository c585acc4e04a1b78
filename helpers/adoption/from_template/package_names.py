"""What the package of a new dir may be called."""

import keyword
import re
import sys
from collections.abc import Iterable

from helpers.model.errors import HelpersError
from helpers.model.images.name import plain_name
from helpers.model.packages.python_imports import gives_module
from helpers.model.runnable_dir import DEVOPS

QUESTION = "package"
_GOOD = re.compile(r"[a-z][a-z0-9_]*")
# Packages of these names would hide what tests import, or what the dir itself is made of.
_TAKEN = frozenset({"test", "tests", "pytest", DEVOPS})


def why_bad(name: str, dependencies: Iterable[str]) -> str:
    """Why a package cannot be called so; empty: it can.

    Args:
        dependencies: the names of the packages that the dir installs, normalised.
    """
    if not _GOOD.fullmatch(name):
        return "PEP 8 wants small letters, digits and _, beginning with a letter"
    if keyword.iskeyword(name):
        return "it is a keyword of Python"
    if name in sys.stdlib_module_names:
        return "it would hide Python's module of that name"
    if name in _TAKEN:
        return "it would hide what the dir itself is tested with or made of"
    hidden = next((one for one in sorted(dependencies) if gives_module(one, name)), "")
    return f"it would hide the module of {hidden}, which the dir depends on" if hidden else ""


def good_name(wanted: str, template: str, dependencies: Iterable[str]) -> str:
    """The nearest name that a package may have.

    Args:
        wanted: any text with a letter or a digit of ASCII.
        template: what makes a name another one.
        dependencies: as for `why_bad`.
    """
    plain = re.sub(r"\W+", "_", plain_name(wanted), flags=re.ASCII).strip("_")
    if not plain or plain[0].isdigit():
        plain = f"{template}_{plain}".rstrip("_")
    known = frozenset(dependencies)
    return f"{plain}_{template}" if why_bad(plain, known) else plain


def check_package(
    name: str, template: str, dependencies: Iterable[str], where: str, fix: str = ""
) -> None:
    """Make sure that a package may have its name: one that hides another breaks programs far away.

    Args:
        fix: what gives it another one; default: the nearest good name, as an answer.

    Raises:
        HelpersError: it may not; with the rule, or whose module it is, and a name that is good.
    """
    known = frozenset(dependencies)
    if why := why_bad(name, known):
        raise HelpersError(
            f"a package cannot be called {name!r}: {why}",
            where=where,
            fix=fix or f"--data {QUESTION}={good_name(name, template, known)}",
        )
