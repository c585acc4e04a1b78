"""How a production image has its code, and from which index: options of builds and releases."""

from typing import TYPE_CHECKING, Protocol

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helpers.model.images.code_kind import CodeKind
    from helpers.model.images.name import Stage
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.registry.credentials import Credentials
    from helpers.system.host import Host
    from helpers.wheels.for_images import ImageWheels

# So many dirs are named in an error.
_FEW = 3


class OfIndex(Protocol):
    """What a user says of a package index."""

    @property
    def index(self) -> str:
        """Its name."""
        ...

    @property
    def username(self) -> str:
        """Whose password it is."""
        ...

    @property
    def password_stdin(self) -> bool:
        """Whether the password comes from standard input."""
        ...


class OfCode(OfIndex, Protocol):
    """What a user says of a production image's code."""

    @property
    def code(self) -> str:
        """A kind of code."""
        ...


def read_code(
    repo: "Repo",
    host: "Host",
    wanted: OfCode,
    stage: "Stage",
    dirs: "Callable[[], Sequence[RunnableDir]]",
) -> "tuple[CodeKind | None, ImageWheels]":
    """How a production image has its code, None: as the dir's settings say; and what brings it.

    Args:
        dirs: finds those whose images are meant.

    Raises:
        HelpersError: a word is unknown, an image of the stage has no code, or options have no
            effect.
    """
    from helpers.model.images.code_kind import CodeKind
    from helpers.model.images.name import Stage
    from helpers.system.repo_files import read_dir_config
    from helpers.wheels.for_images import ImageWheels
    from helpers.wheels.open_indexes import Indexes, WantedIndex

    kind = values.read_code(wanted.code, stage)
    given = {
        "--index": wanted.index,
        "--username": wanted.username,
        "--password-stdin": wanted.password_stdin,
    }
    options = [option for option, value in given.items() if value]
    if options and (stage is not Stage.PROD or kind not in (None, CodeKind.INDEX)):
        raise _idle(options, "no such code is wanted", stage)
    if options and kind is None:
        kinds = {item.name: read_dir_config(item).code for item in dirs()}
        if CodeKind.INDEX not in kinds.values():
            said = ", ".join(f"{name} has code: {one}" for name, one in list(kinds.items())[:_FEW])
            raise _idle(options, said or "there is no dir", stage)
    index = WantedIndex(wanted.index, wanted.username, read_login(host, wanted))
    indexes = Indexes(host, cli.teller(repo), index)
    if stage is not Stage.PROD:
        return kind, ImageWheels(indexes)
    # Imported here: most builds are of images without code.
    from helpers.release.versions_now import VersionsNow

    return kind, ImageWheels(indexes, VersionsNow(repo, cli.teller(repo)))


def _idle(options: list[str], why: str, stage: "Stage") -> HelpersError:
    """The error for options that would have no effect."""
    from helpers.model.images.name import Stage

    instead = ", or --code index" if stage is Stage.PROD else ""
    return HelpersError(
        f"{options[0]} is for code from a package index, and {why}",
        fix=f"leave {' and '.join(options)} out{instead}",
    )


def read_login(host: "Host", wanted: OfIndex) -> "Credentials | None":
    """The login whose password comes from standard input; None: it is looked up.

    Raises:
        HelpersError: no password comes.
    """
    if not wanted.password_stdin:
        return None
    from helpers.registry.credentials import Credentials
    from helpers.registry.index_logins import TOKEN_USER

    return Credentials(wanted.username or TOKEN_USER, _password(host))


def _password(host: "Host") -> str:
    """The password, from a person or from a pipe.

    Raises:
        HelpersError: none comes.
    """
    import getpass
    import sys

    said = getpass.getpass("Password: ") if host.input_is_terminal else sys.stdin.readline()
    found = said.rstrip("\r\n")
    if not found:
        raise HelpersError(
            "no password came from standard input",
            where="--password-stdin",
            fix="pipe it in, or leave the option out: the keyring is asked then",
        )
    return found
