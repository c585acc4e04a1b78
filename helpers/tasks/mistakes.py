"""What was most likely meant where a command line is wrong, and what says so."""

import os
import shlex
from itertools import pairwise

from invoke.parser.context import ParserContext, to_flag

# How much alike two words are that are perhaps the same.
_ALIKE = 0.6


def no_effect(option: str, task: str) -> tuple[str, str]:
    """What is wrong with an option of invoke's that our tasks do not heed, and what is right."""
    what = f"invoke's own {option} has no effect on {task}: nothing was done"
    return what, f"leave {option} out"


def help_of(task: str | None) -> str:
    """The command that says what a task takes, or what `i` itself does."""
    return f"i --help {task}" if task else "i --help"


def completed(context: ParserContext | None, missing: list[str]) -> str:
    """What was typed, with an example of what it lacks; empty where no example is known."""
    if context is None:
        return ""
    words = ["i", str(context.name)]
    for option in context.args.values():
        flag, example = to_flag(option.names[0]), getattr(option, "example", "")
        if option.names[0] in missing:
            if not example:
                return ""
            words += [flag, example]
        elif option.got_value and option.kind is bool:
            words.append(flag)
        elif option.got_value:
            values = option.value if option.kind is list else [option.value]
            words += [word for one in values for word in (flag, shlex.quote(str(one)))]
    listed = "   (i docker_images lists the versions)" if "version" in missing else ""
    return " ".join(words) + listed


def meant_option(word: str, context: ParserContext | None) -> str:
    """The option of a task that a word without one was most likely meant for."""
    flags = context.flags if context else {}
    if "--dir" in flags and os.path.isdir(word):  # noqa: PTH112 - of any word, however long
        return "--dir"
    repeated = [name for name, argument in flags.items() if argument.kind is list]
    # Of several, the one for which a value is known.
    repeated = [name for name in repeated if getattr(flags[name], "example", "")] or repeated
    return repeated[0] if len({flags[name].name for name in repeated}) == 1 else ""


def given_twice(argv: list[str], word: str) -> str:
    """The option before a word, where invoke took a first value and left the second."""
    tokens = [part for token in argv for part in option_parts(token)]
    for option, value in pairwise(tokens):
        if value == word and option.startswith("-") and tokens.count(option) > 1:
            return option
    return ""


def option_parts(token: str) -> list[str]:
    """A word of a command line; of `--option=value` its two halves."""
    return token.split("=", 1) if token.startswith("--") else [token]


def perhaps(word: str, known: list[str]) -> str:
    """A question that names what is spelled alike, or begins alike; the first of several."""

    def score(name: str) -> float:
        return max(likeness(word, name), likeness(word, name[: len(word) + 1]))

    nearest = max(known, key=score)
    return f"; did you mean {nearest!r}?" if score(nearest) >= _ALIKE else ""


def likeness(word: str, name: str) -> float:
    """From 0, nothing is the same, to 1."""
    # Imported here: most command lines are right.
    from difflib import SequenceMatcher

    return SequenceMatcher(None, word, name).ratio()
