import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.imports.check import check_packages
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.packages.import_findings import Finding, FindingKind
from helpers.model.repo import Repo
from helpers.system.host import read_host
from tests import engine
from tests.builders import TEST_REPO, make_repo, make_runnable_dir, write_files

pytestmark = pytest.mark.slow

REQUIREMENTS = "iniconfig==2.0.0\npackaging==24.2\n-e ../../libs/text\n"
LIBRARY = """\
[project]
name = "text"
version = "1"
dependencies = ["packaging"]

[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
packages = ["text"]
"""


@pytest.fixture
def repo(workspace: Path, client: Client) -> Iterator[Repo]:
    made = make_repo(workspace / "repo", config=f"name: {TEST_REPO}-{secrets.token_hex(4)}\n")
    app = {
        "requirements.txt": REQUIREMENTS,
        "forecast/__init__.py": "import json, iniconfig, pip, text\n",
        "tests/test_forecast.py": "import pytest\n",
    }
    make_runnable_dir(made, "apps/forecast", app)
    write_files(
        made.root,
        {
            "libs/text/pyproject.toml": LIBRARY,
            "libs/text/text/__init__.py": "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    import forecast\n"
            "try:\n    import orjson\nexcept ImportError:\n    pass\n",
            "libs/text/text/bad.py": "import forecast\nimport iniconfig\nDATA = 'words.json'\n",
            "libs/text/text/words.json": "[]",
        },
    )
    yield made
    engine.remove_images({labels.REPO: made.config.name})


def check(repo: Repo, client: Client, *names: str) -> tuple[list[Finding], list[HelpersError]]:
    host = replace(read_host(), directory=repo.root)
    dirs = [repo.runnable_dir(name) for name in names]
    return check_packages(repo, dirs, host, client, lambda _: None)


def test_what_is_imported_is_compared_with_what_is_declared(repo: Repo, client: Client) -> None:
    unlocked = {
        "pyproject.toml": '[project]\nname = "early"\nversion = "1"\ndependencies = ["attrs"]\n',
        "early/__init__.py": "import pip\n",
    }
    make_runnable_dir(repo, "apps/early", unlocked)
    # What has no image stops no other.
    found, errors = check(repo, client, "apps/early", "apps/forecast")
    (error,) = errors
    assert "i dependency_lock --dir" in error.fix
    assert {
        (one.place, one.kind, one.file, one.line, one.subject) for one in found if not one.note
    } == {
        ("apps/forecast", FindingKind.UNDECLARED, "apps/forecast/forecast/__init__.py", 1, "pip"),
        ("libs/text", FindingKind.IMPORTS_PROJECT, "libs/text/text/bad.py", 1, "apps/forecast"),
        ("libs/text", FindingKind.UNDECLARED, "libs/text/text/bad.py", 2, "iniconfig"),
        (
            *("libs/text", FindingKind.MISSING_DATA, "libs/text/text/bad.py", 3),
            "libs/text/text/words.json",
        ),
    }
    notes = {(one.place, one.kind, one.subject) for one in found if one.note}
    assert ("libs/text", FindingKind.UNUSED, "packaging") in notes
    assert ("libs/text", FindingKind.UNDECLARED, "orjson") in notes
