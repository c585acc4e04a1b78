"""Every command that an error, a warning or a hint can name is one that there is.

The sets of verbs tell of each command of git in a fix whether tests follow it, or why none does: a
fix with another one fails here until somebody has decided that.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.tasks.namespace import namespace
from helpers.tasks.test_options import command_line_parser

_NAMES = re.compile(r"fix|fetch|again|undo|_TAKE|_ONE_SIDE|_START|MAKE_ONE")
_TASK = re.compile(
    r"(?<![\w/.'-])i (?P<task>[a-z]+_[a-z_]+|dirs|lint|doctor|adopt)(?P<rest>[^;,()]*)"
)
_MAIN = re.compile(r"main_pytest\.py(?P<rest>[^;,()]*)")
# Stands for what is filled in.
_VALUE = "\N{SECTION SIGN}"
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_GIT = re.compile(r"(?<![\w.-])git (?:-C \S+ |-C '[^']*' )?(?P<verb>[a-z][a-z-]+)")

# git's verbs in fixes. Those that bring what a clone lacks, or publish what is here, are typed by
# tests/unit/vcs: test_bring.py, test_git.py and test_remote.py; the others show, or change what
# the user has to decide about.
FOLLOWED_BY_TESTS = {"fetch", "submodule", "log", "branch", "commit", "add", "push"}
THE_USER_DECIDES = {
    *("stash", "restore", "revert", "rm", "mv", "checkout", "merge", "rebase", "switch"),
    *("pull", "remote", "config", "init", "clone", "tag"),
}
ONLY_SHOWS = {"check-ignore", "diff", "ls-remote", "status"}
# Words that follow "git" in a sentence.
NO_VERBS = {"alone", "runs", "does", "there", "and"}


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _text(part) if isinstance(part, ast.Constant) else _VALUE for part in node.values
        )
    if isinstance(node, ast.BinOp):
        return _text(node.left) + _text(node.right)
    if isinstance(node, ast.IfExp):
        return f"{_text(node.body)}; {_text(node.orelse)}"
    return ""


@cache
def _fixes() -> list[tuple[str, str, str]]:
    """Every text of a fix, its source, and where it stands: all modules are parsed, so once."""
    return list(_found_fixes())


def _found_fixes() -> Iterator[tuple[str, str, str]]:
    for path in sorted((TOOLCHAIN_ROOT / "helpers").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            values: list[ast.expr] = []
            if isinstance(node, ast.Call):
                values = [word.value for word in node.keywords if word.arg == "fix"]
            elif isinstance(node, ast.Assign):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                values = [node.value] if any(map(_NAMES.search, names)) else []
            for value in values:
                if text := _text(value):
                    yield (
                        text,
                        ast.unparse(value),
                        f"{path.relative_to(TOOLCHAIN_ROOT)}:{value.lineno}",
                    )


# What follows a task up to the next one, of the source of a fix.
_OF_TASK = re.compile(
    r"(?<![\w/.-])i (?P<task>[a-z]+_[a-z_]+(?:\{[^}]*\}[a-z_]*)?)(?P<rest>(?:(?! i [a-z]+_).)*)",
    re.DOTALL,
)
# How a fix gets the option that names the dir.
_NAMES_DIR = re.compile(r"--dir|--all|dir_option|of_dir|\bat\b|_at\(|\{which\}|\{option\}")
# Without one they are about all dirs.
_OF_ALL = {"docker_images", "docker_ps", "docker_stats", "docker_stop", "promote_status"}


_FLAGS = {
    str(name): {str(flag) for flag in context.flags}
    for context in namespace.to_contexts()
    for name in (context.name, *context.aliases)
}


def test_there_are_fixes() -> None:
    assert len(_fixes()) > 200


@pytest.mark.parametrize("program", ["i", "main_pytest.py"])
def test_a_fix_names_tasks_and_options_that_there_are(program: str) -> None:
    wrong = []
    main = {name for action in command_line_parser("m")._actions for name in action.option_strings}
    for text, _, where in _fixes():
        for found in (_TASK if program == "i" else _MAIN).finditer(text):
            task = found["task"] if program == "i" else ""
            if text[found.start("rest") :].startswith(_VALUE):
                continue
            if task and task not in namespace.tasks:
                wrong.append(f"{where}: no task {task}")
                continue
            known = _FLAGS[task] if task else main
            asked = set(_OPTION.findall(found["rest"].partition(" -- ")[0]))
            wrong += [f"{where}: {task or program} has no {one}" for one in asked - known]
    assert wrong == []


def test_a_fix_by_a_task_of_a_dir_names_the_dir() -> None:
    wrong = []
    named = {task for task, flags in _FLAGS.items() if "--dir" in flags} - _OF_ALL
    for _, source, where in _fixes():
        for found in _OF_TASK.finditer(source):
            tasks = re.compile(re.sub(r"\{[^}]*\}", "[a-z]+", found["task"]))
            of_a_dir = any(tasks.fullmatch(task) for task in named)
            if of_a_dir and not _NAMES_DIR.search(found["rest"]):
                wrong.append(f"{where}: {found['task']}{found['rest'][:60]}")
    assert wrong == []


def test_a_fix_by_git_is_followed_by_a_test_or_left_to_the_user() -> None:
    known = FOLLOWED_BY_TESTS | THE_USER_DECIDES | ONLY_SHOWS | NO_VERBS
    found = {verb["verb"]: where for text, _, where in _fixes() for verb in _GIT.finditer(text)}
    assert {verb: where for verb, where in found.items() if verb not in known} == {}
