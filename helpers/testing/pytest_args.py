"""What pytest's own arguments ask for."""

from collections.abc import Sequence

# Options that a value follows.
VALUED = frozenset({"-k", "-m", "-p", "-o", "-c", "-W", "--tb", "--maxfail", "--durations"})
_CHOOSE = frozenset(
    {"-k", "-m", "--deselect", "--ignore", "--ignore-glob", "--lf", "--last-failed", "--sw"}
)
_VALUED = VALUED | {"--deselect", "--ignore", "--ignore-glob"}


def choosing(args: Sequence[str]) -> list[str]:
    """Those of the arguments that say which tests to run: places, and options such as `-k name`."""
    return [args[number] for number, _ in _choosing(args)]


def may_be_places(args: Sequence[str]) -> list[int]:
    """Where among the arguments a word is a place, or the value of an option of a plugin's."""
    return [number for number, is_place in _choosing(args) if is_place]


def _choosing(args: Sequence[str]) -> list[tuple[int, bool]]:
    """The numbers of the arguments that choose tests; whether each is a place."""
    chosen: list[tuple[int, bool]] = []
    option = ""  # that the word before it was, where this one is its value
    for number, word in enumerate(args):
        name = word.partition("=")[0]
        if option in _VALUED:
            chosen += [(number - 1, False), (number, False)] if option in _CHOOSE else []
            option = ""
        elif word.startswith("-"):
            option = word
            if name in _CHOOSE or word[:2] in ("-k", "-m"):
                chosen += [] if word in _VALUED else [(number, False)]
        else:
            # After an option that we do not know, a word may be its value.
            is_value = option.startswith("--") and "=" not in option
            chosen += [] if is_value and "::" not in word else [(number, True)]
            option = ""
    return chosen
