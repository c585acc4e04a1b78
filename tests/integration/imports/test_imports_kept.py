from pathlib import Path

import pytest

from helpers.imports import graph
from helpers.imports.graph import Import, read_imports
from helpers.imports.places import read_places
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.repo import Repo
from tests.builders import make_repo, make_runnable_dir, write_files

pytestmark = pytest.mark.slow

FILES = {
    ".gitignore": "made.py\n",
    "apps/one/one/__init__.py": "import text.words\n",
    "libs/text/pyproject.toml": '[project]\nname = "text"\nversion = "1"\n',
    "libs/text/text/__init__.py": "",
    "libs/text/text/words.py": "import json\n",
}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo", FILES)
    make_runnable_dir(made, "apps/one", {"requirements.txt": "-e ../../libs/text\n"})
    return made


def imports(repo: Repo) -> set[tuple[str, str]]:
    inputs = read_repo_inputs(repo)
    found: list[Import] = read_imports(inputs, list(read_places(inputs).values()), print)
    return {(one.module, one.imported) for one in found}


def test_imports_are_read_again_when_a_file_changed_and_not_otherwise(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {("one", "text.words"), ("text.words", "json")}
    assert imports(repo) == before
    with monkeypatch.context() as patched:
        patched.setattr(graph, "run", None)  # grimp is not started again
        assert imports(repo) == before
    write_files(repo.root, {"libs/text/text/words.py": "import abc\n"})
    assert imports(repo) == {("one", "text.words"), ("text.words", "abc")}
    # What git ignores can be imported all the same.
    write_files(repo.root, {"libs/text/text/made.py": "import re\n"})
    assert ("text.made", "re") in imports(repo)
