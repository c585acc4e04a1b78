"""What `i` starts: invoke, but a mistake ends with 2 and a way out, an interrupt with 130."""

import re
import shlex
import sys
from itertools import pairwise, takewhile

from invoke.collection import Collection
from invoke.exceptions import Exit, ParseError, UnexpectedExit
from invoke.parser.context import ParserContext, to_flag
from invoke.parser.parser import Parser, ParseResult
from invoke.program import Program
from invoke.terminals import pty_size

from helpers.tasks import cli
from helpers.tasks.command import CommandTask, UsageError, with_dashes
from helpers.tasks.mistakes import (
    completed,
    given_twice,
    help_of,
    likeness,
    meant_option,
    no_effect,
    option_parts,
    perhaps,
)

# What invoke does to the commands that it runs itself; our tasks run theirs in another way.
_NO_EFFECT = ("command-timeout", "echo", "hide", "prompt-for-sudo-password", "pty", "warn-only")
_HELP = "help"
_HELP_OPTIONS = (f"--{_HELP}", "-h")
# The group of tasks that are not ours.
_OWN = "this repo's own"
_FOR_LISTS = ("list-depth", "list-format")
# No advice beside a task of ours, which refuses them.
_REFUSED = {f"--{name}" for name in (*_NO_EFFECT, *_FOR_LISTS, "dry")}
# How much alike two words are that are surely the same.
_NEARLY = 0.8
_UNKNOWN = re.compile(r"No idea what (?P<word>.+) is!", re.DOTALL)
_NO_VALUE = re.compile(r"Flag <\w+: (?P<name>\S+).*> needed value", re.DOTALL)
_MISSING = re.compile(
    r"'(?P<task>.+)' did not receive required positional arguments: (?P<names>.*)"
)


class TaskProgram(Program):
    """invoke, with our lists, help and messages."""

    def run(self, argv: list[str] | None = None, exit: bool = True) -> None:  # noqa: ARG002 - invoke's
        """Run what the command line asks for, and end the process."""
        try:
            self._run(argv)
        except UnexpectedExit as error:
            # A command that a repo's own task ran.
            if error.result.hide:
                print(error, file=sys.stderr, end="")
            sys.exit(error.result.exited)
        except UsageError as error:
            print(error, file=sys.stderr)
            sys.exit(cli.USER_ERROR)
        except ParseError as error:
            print(self._explain(error), file=sys.stderr)
            sys.exit(cli.USER_ERROR)
        except Exit as error:
            if error.message:
                print(error.message, file=sys.stderr)
            sys.exit(error.code)
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            sys.exit(cli.INTERRUPTED)

    def _run(self, argv: list[str] | None) -> None:
        try:
            self.create_config()
            self.parse_core(argv)
            self.parse_collection()
            self.parse_tasks()
        except ValueError as error:
            # The one that casts a value is invoke's parser: `--command-timeout x`.
            if "int()" not in str(error):
                raise
            raise UsageError(f"an option takes a number: {error}", "i --help") from error
        self.parse_cleanup()
        self._refuse_options_without_effect()
        self.update_config()
        self.execute()

    def parse_tasks(self) -> None:
        """Parse what follows invoke's own options; a list needs no parser of all tasks' options."""
        self.tasks = ParseResult()
        typed = self.core.unparsed
        if typed[:1] == [_HELP] and _HELP not in self.collection.task_names:
            self._help([word for word in typed[1:] if word not in _HELP_OPTIONS])
        self.core.unparsed = spelled_out(self.core.unparsed, self.collection)
        if name := self._helped():
            self.args.help.value, self.core.unparsed = name, []
        if self.core.unparsed or self.args.help.value:
            super().parse_tasks()
        for context in self.tasks:
            if self._taken_for_position(context):
                raise UsageError(*self._unknown("", context))

    def _helped(self) -> str:
        """The task whose help is asked for, wherever in its words; empty: no task's.

        To invoke such a line lacks what the task cannot do without, or gives it `--help` for that.
        """
        given = self.args.help.value
        if isinstance(given, str) and given and given in self.collection:
            return given
        before = list(takewhile(lambda word: not _asks_for_help(word), self.core.unparsed))
        if len(before) == len(self.core.unparsed):
            return ""
        context: ParserContext | None
        try:
            context = self._make_parser().parse_argv(before)[-1]
        except ParseError as error:
            context = error.context
        asked = option_parts(self.core.unparsed[len(before)])[0]
        if context is None or not context.name or asked in context.flags:
            return ""
        last = context.flags.get(before[-1])
        if last and last.takes_value and not self._is_ours(context):
            # It may be what a repo's own task gives to a program.
            return ""
        return str(context.name)

    def _help(self, words: list[str]) -> None:
        """Find tasks: `i help WORD`; where the word is a task, say what that one takes.

        Raises:
            Exit: they were printed.
            UsageError: there are none.
        """
        if len(words) == 1 and words[0] in self.collection:
            name = self.collection[words[0]].name
            known = name in self.collection.task_names
            self.args.help.value, self.core.unparsed = name if known else words[0], []
            return
        from helpers.console.task_list import print_groups

        wanted = [word.lower().replace("-", "_") for word in words]
        listed: dict[str, list[tuple[str, str]]] = {}
        for group, rows in self._listed(shorthands=bool(words)).items():
            for row in rows:
                if all(word in self._all_text(row).replace("-", "_") for word in wanted):
                    listed.setdefault(group, []).append(row)
        if not listed:
            shown = " and ".join(map(repr, words))
            raise UsageError(f"no task has {shown} in its name or its help", "i --list")
        print_groups(listed, pty_size()[0])
        raise Exit

    def _all_text(self, row: tuple[str, str]) -> str:
        """All that a task says of itself, in small letters."""
        name = row[0].split()[0]
        task = self.collection[name]
        options = [f"--{option} {text}" for option, text in task.help.items()]
        return " ".join([name, task.__doc__ or "", *options]).lower()

    def _make_parser(self) -> Parser:
        """A parser of the tasks that the line names: that of all takes a tenth of a command."""
        words = {*self.core.unparsed, self.args.help.value}
        ignored = self.config.tasks.ignore_unknown_help
        contexts = [
            ParserContext(name, names - {name}, self.collection[name].get_arguments(ignored))
            for name, aliases in self.collection.task_names.items()
            if words & (names := with_dashes((name, *aliases)))
        ]
        return Parser(contexts, self.initial_context)

    def parse_cleanup(self) -> None:
        """Answer the options that run no task."""
        if self.args.complete.value:
            from helpers.tasks.completion import print_completions

            print_completions(self.initial_context, self.collection)
            raise Exit
        super().parse_cleanup()

    def no_tasks_given(self) -> None:
        """Show what there is, as --list does; invoke would show its own options."""
        self.list_tasks()
        raise Exit

    def list_flat(self) -> None:
        """List the tasks by the user's job, a line each; the repo's own come last."""
        from helpers.console.task_list import print_groups

        tasks = self.scoped_collection.tasks
        groups = {task.group for task in tasks.values() if isinstance(task, CommandTask)}
        if self.list_root or self.list_depth or not groups:
            super().list_flat()
            return
        print_groups(self._listed(shorthands=False), pty_size()[0])
        if self.collection.default:
            print(f"\nDefault task: {self.collection.default}")

    def _listed(self, *, shorthands: bool) -> dict[str, list[tuple[str, str]]]:
        """The names of tasks and what they do, by group."""
        tasks = self.scoped_collection.tasks
        pairs = {full.split()[0]: (full, text) for full, text in self._make_pairs(self.collection)}
        short = (one for task in tasks.values() for one in getattr(task, "short", ()))
        hidden = set() if shorthands else {one for one in short if not one.verb}
        listed: dict[str, list[tuple[str, str]]] = {}
        # As they were added: in the order of the groups.
        for name in dict.fromkeys([*tasks, *pairs]):
            task = tasks.get(name)
            if task in hidden:
                continue
            full, text = pairs[name]
            row = (_shown(name, task) if isinstance(task, CommandTask) else full, text or "")
            listed.setdefault(getattr(task, "group", _OWN), []).append(row)
        return listed

    def _refuse_options_without_effect(self) -> None:
        """Refuse what invoke would do to its own commands, where a task of ours has none.

        Raises:
            UsageError: such an option was given.
        """
        ours = [str(context.name) for context in self.tasks if self._is_ours(context)]
        for name in (*_NO_EFFECT, *_FOR_LISTS):
            argument = self.args[name]
            if ours and argument.got_value:
                raise UsageError(*no_effect(f"--{name}", " ".join(ours)))

    def _is_ours(self, context: ParserContext) -> bool:
        return bool(context.name) and isinstance(self.collection[context.name], CommandTask)

    def _taken_for_position(self, context: ParserContext | None) -> str:
        """What invoke took for an argument without an option, although it is a mistake of options.

        It gives any word that it does not know to an argument that is still wanted, such as the
        command of `docker_cmd`. What a repo's own task means by such a word is not known.
        """
        if context is None or not self._is_ours(context):
            return ""
        pairs = set(pairwise(part for token in self.argv for part in option_parts(token)))
        for argument in context.positional_args:
            value = argument.value
            if value is None or any((to_flag(name), value) in pairs for name in argument.names):
                continue
            if value.startswith("-") or given_twice(self.argv, value):
                return str(value)
        return ""

    def _explain(self, error: ParseError) -> str:
        """Say what a mistake of the command line is, and what would be right."""
        context = error.context
        if found := _UNKNOWN.fullmatch(str(error)):
            what, fix = self._unknown(found["word"].strip("'\""), context)
        elif found := _NO_VALUE.search(str(error)):
            task = context.name if context else None
            what = f"--{found['name'].replace('_', '-').strip('-')} needs a value"
            fix = help_of(task)
        elif found := _MISSING.fullmatch(str(error)):
            names = found["names"].replace("'", "").split(", ")
            what = f"{found['task']} needs {' and '.join(f'--{name}' for name in names)}"
            fix = completed(context, names) or help_of(found["task"])
        else:
            what, fix = str(error), "i --list"
        return f"error: {what}\n  fix:   {fix}"

    def _unknown(self, word: str, context: ParserContext | None) -> tuple[str, str]:
        task = context.name if context else None
        word = self._taken_for_position(context) or word
        twice = given_twice(self.argv, word)
        if twice:
            return f"{twice} takes one value, and is given twice", help_of(task)
        if not word.startswith("-"):
            names = [str(name) for name in self.collection.task_names]
            option = meant_option(word, context)
            if context and option and max(likeness(word, name) for name in names) < _NEARLY:
                return (
                    f"{word!r} is no task, and {task} takes it after an option",
                    f"i {task} {option} {shlex.quote(word)}",
                )
            return f"there is no task {word!r}{perhaps(word, names)}", "i --list"
        core = self.initial_context.flags
        option = to_flag(str(core[word].name)) if word in core else ""
        if task and option in _REFUSED:
            return no_effect(option, task)
        if task and option:
            return f"{option} is an option of i itself, not of {task}", "i --help"
        refused = _REFUSED if context and self._is_ours(context) else ()
        known = [
            *(context.flags if context else ()),
            *(flag for flag in core if flag not in refused),
        ]
        owner = task or "i"
        return f"{owner} has no option {word!r}{perhaps(word, known)}", help_of(task)


def spelled_out(typed: list[str], collection: Collection) -> list[str]:
    """A command line with the option before each word that a task of ours takes without it."""
    found: list[str] = []
    task: object = None
    flags: dict[str, bool] = {}
    wanted = False
    for word in typed:
        if isinstance(task, CommandTask) and task.bare:
            if not wanted and not word.startswith("-"):
                found.append(to_flag(task.bare))
            wanted = not wanted and flags.get(word, False)
        elif word and word in collection:
            task = collection[word]
            if isinstance(task, CommandTask) and task.bare:
                arguments = task.get_arguments()
                flags = {to_flag(n): a.kind is not bool for a in arguments for n in a.names}
        found.append(word)
    return found


def _shown(name: str, task: CommandTask) -> str:
    """A task's name in a list, with the word that people type for it, where it still means that."""
    aliases = [*map(str, task.aliases), *(str(one.name) for one in task.short)]
    return f"{name} ({task.verb})" if task.verb in aliases else name


def _asks_for_help(word: str) -> bool:
    return option_parts(word)[0] in _HELP_OPTIONS


def main() -> None:
    """Run the tasks of the repo that `--search-root` names."""
    from invoke import __version__

    from helpers.console.foreign import make_streams_last

    make_streams_last()
    names = ["i", "invoke", "inv"]
    TaskProgram(__version__, name="Invoke", binary="i", binary_names=names).run()
