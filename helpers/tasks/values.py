"""What is typed as the values of options, read into types."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from helpers.model.errors import HelpersError

if TYPE_CHECKING:
    from enum import StrEnum

    from helpers.model.images.code_kind import CodeKind
    from helpers.model.images.name import Stage
    from helpers.model.version import Version

# More than any option of ours counts.
_MOST = 999_999_999
Value = TypeVar("Value", bound="StrEnum")


def read_platforms(text: str) -> tuple[str, ...]:
    """`linux/amd64,linux/arm64`; none where the text is empty.

    Raises:
        HelpersError: one is not among those that images are made for.
    """
    if not text:
        return ()
    from helpers.model.images.platform import check_platforms

    return check_platforms((part.strip() for part in text.split(",")), "--platform")


def read_version(text: str) -> "Version | None":
    """A version; None where the text is empty.

    Raises:
        HelpersError: it is none.
    """
    if not text:
        return None
    from helpers.model.version import Version

    return Version.parse(text)


def not_both(one: str, other: str, given: object) -> None:
    """Refuse two options where both are given.

    Raises:
        HelpersError: they are.
    """
    if given:
        raise HelpersError(f"{one} and {other} exclude each other", fix="give one of them")


def read_choice(kind: "type[Value]", text: str, option: str) -> "Value":
    """The value of an option that takes one of a few words.

    Raises:
        HelpersError: the word is none of them.
    """
    try:
        return kind(text)
    except ValueError:
        from helpers.model.spelling import nearest_value

        words = [str(word) for word in kind if word]
        raise HelpersError(
            f"{option} takes one of {', '.join(words)}; not {text!r}",
            fix=nearest_value(option, text, words),
        ) from None


def read_suite(text: str, named: "Callable[[], Iterable[str]]") -> str:
    """Which tests: a suite that every dir has, or one that settings name.

    Args:
        named: those that settings name; asked where it is none of the others.

    Raises:
        HelpersError: there is none of that name.
    """
    from helpers.model.results.results import Suite

    if text not in list(Suite) and text not in (names := list(named())):
        from helpers.testing.suites import no_suite

        raise no_suite(text, names)
    return text


def read_code(text: str, stage: "Stage") -> "CodeKind | None":
    """How a production image has its code; None: as the dir's settings say.

    Raises:
        HelpersError: the word is unknown, or an image of the stage has no code.
    """
    from helpers.model.images.code_kind import CodeKind
    from helpers.model.images.name import Stage

    if text and stage is not Stage.PROD:
        raise HelpersError(
            f"--code is for production images: a {stage} image has no code, which is mounted",
            fix="leave --code out",
        )
    return read_choice(CodeKind, text, "--code") if text else None


def read_number(text: str, option: str) -> int:
    """The value of an option that takes a whole number.

    Raises:
        HelpersError: the text is none, or larger than anything.
    """
    from helpers.model.numbers import whole_number

    number = whole_number(text, _MOST)
    if number is None:
        raise HelpersError(f"{option} {text[:80]!r} is not a number from 0", fix=f"{option} 3")
    return number


def read_variables(items: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """`NAME=value` each, or `NAME` alone for the host's value.

    Raises:
        HelpersError: a name is malformed, or the host has no such variable.
    """
    found = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not name.isidentifier():
            raise HelpersError(f"--env {item!r} is not NAME=value", fix="--env NAME=value")
        if not equals and name not in environment:
            raise HelpersError(
                f"--env {name}: the host has no such variable", fix=f"--env {name}=..."
            )
        found[name] = value if equals else environment[name]
    return found


def read_ports(items: Iterable[str]) -> tuple[str, ...]:
    """`[[<address>:]<host>:]<container>` each, completed to `[<address>:]<host>:<container>`.

    Raises:
        HelpersError: a part is no port.
    """
    from helpers.model.numbers import whole_number

    ports = []
    for item in items:
        parts = item.split(":")
        numbers = parts[-2:]
        if len(parts) > 3 or not all(whole_number(number, 65535) for number in numbers):
            raise HelpersError(
                f"--port {item!r} is not a port",
                fix="--port 8080 or --port 8080:80 (host:container)",
            )
        ports.append(item if len(parts) > 1 else f"{item}:{item}")
    return tuple(ports)
