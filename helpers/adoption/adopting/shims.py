"""The small files of an adopting repo that lead to the toolchain, wherever its submodule is."""

import json
import re
import shlex
from pathlib import Path

TASKS = "tasks.py"
# What `i` takes instead of `tasks.py` where that is the repo's own.
OTHER_TASKS = "helpers_tasks.py"
SETENV = "setenv.sh"
MAIN_PYTEST = "main_pytest.py"
_FOLDER = Path(__file__).parent / "shim_texts"
_DEFAULT = "helpers_root"
_NAMESPACE = "helpers.tasks.namespace"
_IMPORTS_INVOKE = re.compile(r"^\s*(from|import)\s+invoke\b", re.MULTILINE)


def tasks_text(submodule: str, own: str = "") -> str:
    """The module of tasks for a repo whose tasks are not ours yet.

    Args:
        own: the module that has the repo's own, relative to its root; empty: they are written here.
    """
    text = _text(TASKS).replace(f'"{_DEFAULT}"', _python(submodule))
    if not own:
        return text
    head, _, _ = text.partition("\nfrom helpers")
    return (
        f"{head}\nfrom {_NAMESPACE} import repo_namespace, tasks_of  # noqa: E402\n\n"
        f"# Tasks of this repo's own stand in {own}.\n"
        f"namespace = repo_namespace(tasks_of(ROOT / {_python(own)}), dashes=True)\n"
    )


def main_pytest_text(submodule: str) -> str:
    """`main_pytest.py` of an adopting repo."""
    return _text(MAIN_PYTEST).replace(f'"{_DEFAULT}"', _python(submodule))


def setenv_text(submodule: str) -> str:
    """`setenv.sh` of an adopting repo."""
    quoted = submodule.replace("'", "'\\''")
    return _text(SETENV).replace(f"'{_DEFAULT}'", f"'{quoted}'")


def has_our_tasks(text: str) -> bool:
    """Whether a module of tasks holds the toolchain's."""
    return _NAMESPACE in text


def is_about_tasks(text: str) -> bool:
    """Whether a module called `tasks` is meant for invoke, and not a part of an application."""
    return bool(_IMPORTS_INVOKE.search(text))


def leads_to_setenv(text: str, submodule: str) -> bool:
    """Whether a `setenv.sh` is ours, or sources the toolchain's."""
    return "_helpers_sourced" in text or f"{submodule}/{SETENV}" in text


def leads_to_main_pytest(text: str) -> bool:
    """Whether a `main_pytest.py` is ours, of whatever version."""
    return "from main_pytest import main" in text


def setenv_addition(submodule: str) -> str:
    """The line by which a `setenv.sh` of the repo's own leads to ours."""
    where = '"$(cd "$(dirname "${BASH_SOURCE[0]-$0}")" && pwd)"'
    return f". {where}/{shlex.quote(f'{submodule}/{SETENV}')}\n"


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.in").read_text(encoding="utf-8")


def _python(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
