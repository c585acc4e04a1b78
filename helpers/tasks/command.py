"""How a task reads what is typed: no empty value, no bad number, no option without effect.

invoke itself takes all of them, and the job would begin with something that nobody meant.
"""

from functools import partial
from typing import Any

from invoke.context import Context
from invoke.exceptions import Exit, ParseError
from invoke.parser.argument import Argument
from invoke.tasks import Task
from invoke.tasks import task as invoke_task

_USER_ERROR = 2
# What is written, for example, for the options without which a task does nothing.
_VERSION = {"version": "1.2.0"}
_EXAMPLES = {
    "docker_build_local_image": {"message": '"Add pandas"'},
    "docker_cmd": {"cmd": '"python --version"'},
    "docker_remove_image": _VERSION,
    "docker_rollback_dev_image": _VERSION,
    "docker_rollback_prod_image": _VERSION,
    "git_branch_create": {"name": "add_pandas"},
    "integrate_diff": {"other": "../other_repo"},
    "poetry_add": {"package": "requests"},
    "poetry_remove": {"package": "requests"},
    "runnable_dir_create": {"dir": "apps/forecast"},
    "runnable_dir_remove": {"dir": "apps/forecast"},
    "runnable_dir_rename": {"dir": "apps/forecast", "to": "apps/prediction"},
}
# More digits than any count, age or size of ours has.
_DIGITS = 9


class UsageError(ParseError, Exit):
    """What was typed cannot be meant; the process ends with 2.

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
        return _USER_ERROR


class Option(Argument):
    """An option of a task; its value is not empty, and a number where one is asked for.

    Attributes:
        example: a value, where the task does nothing without one.
    """

    example = ""

    @classmethod
    def of(cls, argument: Argument, task: str) -> "Option":
        """Make one that is like an argument of invoke's."""
        made = cls(name="copy")
        vars(made).update(vars(argument))
        made.example = _EXAMPLES.get(task, {}).get(made.names[0], "")
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
    """A task of ours.

    Attributes:
        group: the user's job that it is part of; `namespace` sets it.
    """

    group = ""

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Describe the options; invoke's parser sets their values."""
        help = dict(self.help)
        found = super().get_arguments(ignore_unknown_help)
        self.help = help  # invoke takes out what it has used
        return [Option.of(one, self.name) for one in found]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task, unless invoke was told to run nothing: it knows only its own commands."""
        if isinstance(args[0], Context) and args[0].config.run.dry:
            has_one = "dry_run" in self.argspec(self.body).parameters
            raise UsageError(
                f"invoke's own --dry (-R) has no effect on {self.name}: nothing was done",
                f"i {self.name} --dry-run"
                if has_one
                else f"leave --dry out; {self.name} has no --dry-run",
            )
        return super().__call__(*args, **kwargs)


task = partial(invoke_task, klass=CommandTask)
