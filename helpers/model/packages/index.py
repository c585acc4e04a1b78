"""Package indexes: where wheels are published and installed from, and what is there."""

import re
from collections.abc import Mapping

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError


@dataclass(frozen=True, slots=True)
class PackageIndex:
    """An index that a repo names.

    Attributes:
        simple: the address of its simple API.
        publish: where files are uploaded to; empty: it is read alone.
        local_versions: it takes versions such as `1.2+abc`.
    """

    name: str
    simple: str
    publish: str = ""
    local_versions: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A file of a project that an index lists.

    Attributes:
        url: where it is had; absolute.
        hashes: by algorithm, in hexadecimal; none where the index says none.
    """

    name: str
    url: str
    hashes: Mapping[str, str]


def identity_variable(audience: str) -> str:
    """The variable in which a job of GitLab's has the token that says to somebody which job it is.

    Args:
        audience: for whom the token is.
    """
    return f"{re.sub('[^A-Z0-9]', '_', audience.upper())}_ID_TOKEN"


def choose_index(
    indexes: Mapping[str, PackageIndex],
    name: str,
    where: str,
    *,
    publishes: bool = True,
    setting: str = "",
) -> PackageIndex:
    """The index that a command means: the one that is named, or the only one.

    Args:
        where: the settings file, for messages.
        publishes: only one to which files can be uploaded.
        setting: another file that may name it, as its key `index`.

    Raises:
        HelpersError: there is none, there are several, or the one that is named will not do.
    """
    known = [one.name for one in indexes.values() if one.publish or not publishes]
    first = (known or [*indexes, ""])[0]
    named = f"--index {first}" + (f"   (or  index: {first}  in {setting})" if setting else "")
    if not indexes:
        raise HelpersError(
            f"there is no index {name!r}" if name else "this repo names no index",
            where=where,
            fix="add a line  indexes: {team: {publish: https://HOST/PATH, simple:"
            " https://HOST/simple}}",
        )
    if name and name not in indexes:
        raise HelpersError(
            f"there is no index {name!r}",
            where=f"{where} has: {', '.join(indexes)}",
            fix=named,
        )
    if (name and name not in known) or not known:
        raise HelpersError(
            f"the index {name or next(iter(indexes))!r} has no 'publish', so it is read alone",
            where=where,
            fix=named if known else "add 'publish: https://HOST/PATH' to it",
        )
    if not name and len(known) > 1:
        raise HelpersError(
            "--index is required: there are several",
            where=f"{where} has: {', '.join(known)}",
            fix=named,
        )
    return indexes[name or known[0]]
