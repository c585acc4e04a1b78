"""The small files of an adopting repo that lead to the toolchain, wherever its submodule is."""

import json
import re
import shlex
from pathlib import Path

TASKS = "tasks.py"
# Takes the place of `tasks.py` where that is a module of the repo's own.
OTHER_TASKS = "helpers_tasks.py"
SETENV = "setenv.sh"
MAIN_PYTEST = "main_pytest.py"
_FOLDER = Path(__file__).parent / "shims"
_DEFAULT = "helpers_root"
_NAMESPACE = "helpers.tasks.namespace"
_IMPORTS_INVOKE = re.compile(r"^\s*(from|import)\s+invoke\b", re.MULTILINE)
_DEFINES_NS = re.compile(r"^ns\s*=", re.MULTILINE)


def tasks_text(submodule: str) -> str:
    """`tasks.py` for a repo that has none."""
    return _text(TASKS).replace(f'"{_DEFAULT}"', _python(submodule))


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


def tasks_addition(submodule: str, text: str, depth: int) -> str:
    """The lines by which a module of tasks gets ours too.

    Args:
        text: the module as it is.
        depth: how many folders it is below the repo's root.
    """
    variable = "ns" if _DEFINES_NS.search(text) else "namespace"
    return (
        "\nimport sys\nfrom pathlib import Path\n\n"
        f"sys.path.insert(0, str(Path(__file__).resolve().parents[{depth}]"
        f" / {_python(submodule)}))\n"
        f"from {_NAMESPACE} import repo_namespace\n\n"
        f"{variable} = repo_namespace(globals(), dashes=True)\n"
    )


def setenv_addition(submodule: str) -> str:
    """The line by which a `setenv.sh` of the repo's own leads to ours."""
    where = '"$(cd "$(dirname "${BASH_SOURCE[0]-$0}")" && pwd)"'
    return f". {where}/{shlex.quote(f'{submodule}/{SETENV}')}\n"


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.in").read_text(encoding="utf-8")


def _python(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
