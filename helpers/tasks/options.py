"""The options of our tasks, each said once: a class says what a task takes, and hands it over.

    class Look(OneDir):
        stage: str = option("local, dev or prod", default="local")

    @command()
    def docker_look(host: "Host", wanted: Look) -> None:
        ...

What the command line takes, `i --help docker_look`, Tab and docs/commands.md come from that class.
This module is light to import: `i --list` does.
"""

from typing import Any, TypeVar, cast, dataclass_transform

NEAREST = "the runnable dir; default: the nearest one at or above the current directory"
CODE = (
    "how a production image has its code: copy, wheel or index; default: as devops/config.yaml says"
)
SUITES = "fast, slow, superslow, all, or a name among the dir's suites"
INDEX = "a name among the indexes of repo_config.yaml; default: the only one"
CODE_INDEX = (
    "the index that code comes from, a name among those of repo_config.yaml; default: as"
    " devops/config.yaml says, or the only one"
)
CHANGED_LOCK = "the dirs whose lock or project changed since this branch, tag or commit"
USERNAME = "whose password the keyring or standard input has; default: __token__"
PASSWORD_STDIN = "read the password or token of the index from standard input"  # noqa: S105
PLATFORMS = "linux/amd64, linux/arm64 or both with a comma; default: this machine's"
IN_REPOS = "in each repo that this file lists, on a branch with a pull request"
BUILD_HOSTS = "hosts that build, by their names with commas; default: this machine"
Value = TypeVar("Value")
# The default of an option that must be given.
REQUIRED = object()


class Said:
    """What a class says of one option.

    Attributes:
        default: () for an option that may be repeated.
        example: a value, for messages about one that is missing.
    """

    __slots__ = ("default", "example", "help")

    def __init__(self, help: str, default: object, example: str) -> None:
        self.help, self.default, self.example = help, default, example


class Words(Said):
    """What a class says of an option, to be repeated, whose values may stand without it."""

    __slots__ = ()


class Rest(Said):
    """What a class says of the words after `--`, which are another program's."""

    __slots__ = ()


def option(help: str, *, default: Value, example: str = "") -> Value:
    """Say an option: a switch where the default is False, one to be repeated where it is ()."""
    return cast("Value", Said(help, default, example))


def required(help: str, *, example: str) -> Any:
    """Say an option without which a task does nothing; it may be given as an argument, too."""
    return Said(help, REQUIRED, example)


def words(help: str) -> tuple[str, ...]:
    """Say an option for every word that stands behind the task and is no option's."""
    return cast("tuple[str, ...]", Words(help, (), ""))


def rest(help: str) -> tuple[str, ...]:
    """Say what becomes of the words after `--`; a task that has none refuses them."""
    return cast("tuple[str, ...]", Rest(help, (), ""))


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(option, required, rest, words)
)
class Options:
    """What a user asks of a task. The options of a base class come first."""

    def __init__(self, **given: Any) -> None:
        every = self.all_said()
        if unknown := given.keys() - every:
            raise TypeError(f"{type(self).__name__} has no option {', '.join(sorted(unknown))}")
        for name, said in every.items():
            value = given.get(name, said.default)
            vars(self)[name] = tuple(value or ()) if said.default == () else value

    @classmethod
    def all_said(cls) -> dict[str, Said]:
        """All options by name, in the order in which they take their short names."""
        found: dict[str, Said] = {}
        for one in reversed(cls.__mro__):
            found |= {name: said for name, said in vars(one).items() if isinstance(said, Said)}
        return found


class OneDir(Options):
    """The dir that a task is about."""

    dir: str = option(NEAREST, default="")


class OneOrMore(OneDir):
    """The dirs that a task is about."""

    dir: str = option(f"{NEAREST}; or a pattern, 'apps/*'", default="")

    @property
    def several(self) -> bool:
        """Whether more than one dir may be meant: all of them, or those that a pattern fits."""
        # Imported here: `i --list` does not need it.
        from helpers.model.runnable_dir import is_pattern

        return bool(getattr(self, "all", False)) or is_pattern(self.dir)
