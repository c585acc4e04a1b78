"""What `i` imports of invoke, and what invoke still can."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from helpers.system.locate import TOOLCHAIN_ROOT

_IMPORTS = """
import sys
sys.path.insert(0, sys.argv[1])
from helpers.tasks.light_invoke import import_invoke
import_invoke()
"""
_SAYS_WHAT_IS_LOADED = """
unused = ("asyncio", "email", "ssl", "unittest", "yaml", "zipfile")
print([name for name in unused if name in sys.modules])
"""
_USES_ALL = """
import importlib.metadata, json, unittest.mock
import invoke
from invoke.config import Config
mock = invoke.MockContext(run=True).run
assert isinstance(mock, unittest.mock.Mock)
assert importlib.metadata.version("rich")
settings = Config(project_location=sys.argv[2])
settings.load_project()
print(json.dumps([invoke.__version__, settings["run"]["shell"]]))
"""


def _said(program: str, *args: object) -> str:
    command = [sys.executable, "-I", "-c", _IMPORTS + program, str(TOOLCHAIN_ROOT), *map(str, args)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_what_only_tests_and_settings_of_invoke_need_is_not_loaded() -> None:
    assert _said(_SAYS_WHAT_IS_LOADED) == "[]\n"


def test_invoke_and_a_repos_own_tasks_have_all_that_they_ask_for(tmp_path: Path) -> None:
    (tmp_path / "invoke.yaml").write_text("run: {shell: /bin/dash}\n")
    assert _said(_USES_ALL, tmp_path) == f'["{version("invoke")}", "/bin/dash"]\n'
