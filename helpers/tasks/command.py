"""Our tasks as invoke sees them, and how they check what is typed.

An empty value, a bad number and an option without effect are refused: invoke itself takes them, and
the job would begin with something that nobody meant.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from inspect import Parameter, Signature, cleandoc
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.exceptions import Exit, ParseError
from invoke.parser.argument import Argument
from invoke.tasks import Task

from helpers.tasks import cli
from helpers.tasks.options import REQUIRED, Options, Rest, Said, Words

if TYPE_CHECKING:
    from helpers.system.host import Host

# More digits than any count, age or size of ours has.
_DIGITS = 9


class UsageError(ParseError, Exit):
    """The command line is wrong; the process ends with 2.

    invoke prints a ParseError, but ends with 1; it ends an Exit with its status.
    """

    def __init__(self, what: str, fix: str) -> None:
        ParseError.__init__(self, what)
        self._fix = fix
        self.message = None

    def __str__(self) -> str:
        return f"error: {self.args[0]}\n  fix:   {self._fix}"

    @property
    def code(self) -> int:
        """The exit status."""
        return cli.USER_ERROR


class Option(Argument):
    """An option of a task; its value is not empty, and a number where one is asked for.

    Attributes:
        example: a value, where the task does nothing without one.
    """

    example = ""

    @classmethod
    def of(cls, argument: Argument, example: str) -> "Option":
        """Make one that is like an argument of invoke's."""
        made = cls(name="copy")
        # invoke takes the empty list that a repeatable option begins with for a value of it.
        vars(made).update({**vars(argument), "raw_value": None})
        # invoke gives each option a free letter; this one asks for help wherever it stands.
        made.names = tuple(name for name in argument.names if name != "h")
        made.example = example
        return made

    def set_value(self, value: Any, cast: bool = True) -> None:
        """Take a value of the command line."""
        name = f"--{self.names[0]}"
        if isinstance(value, str) and not value.strip():
            raise UsageError(
                f"{name} needs a value, and this one is empty",
                f"{name} {self.example}"
                if self.example
                else f"leave {name} out for the default, or give it a value",
            )
        if self.kind is int and not (value.isascii() and value.isdecimal()):
            raise UsageError(f"{name} {value[:80]!r} is not a number from 0", f"{name} 30")
        if self.kind is int and len(value) > _DIGITS:
            raise UsageError(f"{name} {value[:80]} is too large", f"{name} 30")
        super().set_value(value, cast)


class CommandTask(Task[Any]):
    """A task of ours: it calls a job with the host, and with what was asked where it has options.

    Attributes:
        group: the user's job that it is part of; `namespace` sets it.
        short: the same with some options fixed, by names of their own.
        verb: the word that people type for it, which `i --list` shows beside its name.
        bare: the option whose values may stand without it; empty: there is none.
    """

    group = ""
    bare = ""
    verb = ""
    short: "tuple[CommandTask, ...]" = ()

    def __init__(
        self,
        job: Callable[..., int | None],
        aliases: tuple[str, ...] = (),
        fixed: Mapping[str, str] | None = None,
        verb: str = "",
    ) -> None:
        self.verb = verb
        kind: type[Options] | None = job.__annotations__.get("wanted")
        fixed = fixed or {}
        every = kind.all_said() if kind else {}
        self._job = job
        rest = [name for name, said in every.items() if isinstance(said, Rest)]
        own = every.keys() - fixed.keys() - set(rest)
        self._said = {name: said for name, said in every.items() if name in own}
        self.bare = next((name for name, said in self._said.items() if isinstance(said, Words)), "")

        def body(context: Context, **given: Any) -> None:
            if context.remainder and not rest:
                raise UsageError(
                    f"{self.name} gives nothing to another program, so what follows -- has no"
                    f" effect: nothing was done",
                    f"i --help {self.name}",
                )
            given |= dict.fromkeys(rest, _after_dashes(sys.argv))
            asked = (kind(**given, **fixed),) if kind else ()
            cli.run_job(lambda host: job(host, *asked))

        body.__name__, body.__doc__, body.__module__ = job.__name__, job.__doc__, job.__module__
        super().__init__(
            body,
            aliases=tuple(filter(None, (verb, *aliases))),
            # Given here, invoke does not describe the options of all tasks to list them.
            positional=[name for name, said in self._said.items() if said.default is REQUIRED],
            iterable=[name for name, said in self._said.items() if said.default == ()],
            help={name: said.help for name, said in self._said.items()},
        )

    def argspec(self, body: object) -> Signature:  # noqa: ARG002 - invoke's
        """Describe the options as the parameters of a function."""
        return Signature(
            [
                Parameter(name, Parameter.KEYWORD_ONLY, default=_default(said))
                for name, said in self._said.items()
            ]
        )

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Describe the options; invoke's parser sets their values."""
        help = dict(self.help)
        found = super().get_arguments(ignore_unknown_help)
        self.help = help  # invoke takes out what it has used
        examples = {name: said.example for name, said in self._said.items()}
        return [Option.of(one, examples.get(one.names[0], "")) for one in found]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task, unless invoke was told to run nothing: it knows only its own commands."""
        if isinstance(args[0], Context) and args[0].config.run.dry:
            raise UsageError(
                f"invoke's own --dry (-R) has no effect on {self.name}: nothing was done",
                f"i {self.name} --dry-run"
                if "dry_run" in self._said
                else f"leave --dry out; {self.name} has no --dry-run",
            )
        return super().__call__(*args, **kwargs)

    def add_shorthand(self, name: str, *, verb: str = "", says: str = "", **fixed: str) -> None:
        """Add a task that does the same with some options fixed, which it then does not take.

        Args:
            says: what it does, where `i --list` shows it.
        """
        made = CommandTask(self._job, fixed=fixed, verb=verb)
        options = [f"--{option} {value}" for option, value in fixed.items() if value]
        made.__name__ = name
        short = f"Short for `{' '.join([self.name, *options])}`."
        paragraphs = filter(None, (says, short, cleandoc(self.__doc__ or "")))
        made.__doc__ = "\n\n".join(paragraphs)
        self.short = (*self.short, made)


def _default(said: Said) -> object:
    if said.default is REQUIRED:
        return Parameter.empty
    return None if said.default == () else said.default


def _after_dashes(argv: list[str]) -> tuple[str, ...]:
    """The words after `--`, each as it was typed: invoke joins them."""
    return tuple(argv[argv.index("--") + 1 :]) if "--" in argv else ()


def command(
    *aliases: str, verb: str = ""
) -> "Callable[[Callable[[Host], int | None] | Callable[[Host, Any], int | None]], CommandTask]":
    """Make a task of a job; the class of its parameter `wanted` says the options.

    Args:
        aliases: other names of the task.
        verb: the same, for the one that `i --list` shows.
    """
    return partial(CommandTask, aliases=aliases, verb=verb)


def with_dashes(names: Iterable[str]) -> set[str]:
    """The names as people type them: each with underscores, and with dashes."""
    return {form for name in map(str, names) for form in (name, name.replace("_", "-"))}
