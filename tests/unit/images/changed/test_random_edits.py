"""After each of 1,000 random edits `--outdated` names the dirs whose build is given other content.

What a build is given is hashed anew from the bytes of its files each time, as the engine would read
them: nothing of what `--outdated` compares is used for it.
"""

import hashlib
import os
import random
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.images.building.plan import BuildOptions, BuildPlan
from helpers.images.building.planning import Known
from helpers.images.building.prod_code import stage_code
from helpers.images.changed.differing import Made, Planned, compare, plan_each
from helpers.inputs import repo_inputs
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.images.name import Stage
from helpers.model.images.parts import parts_text, read_parts
from helpers.model.repo import Repo
from helpers.vcs.content_ids import blob_id
from helpers.vcs.git import EXECUTABLE, LINK, PLAIN
from helpers.vcs.snapshot import Snapshot, read_work_tree
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir

_EDITS = 500  # for each of two stages
_DIRS = ("apps/api", "apps/worker", "apps/site")
_SAID = "entrypoint: [python, svc.py]\n"
_MAIN = '[tool.poetry.dependencies]\nlog = {path = "../../libs/log"}\n'
_LIBS = {
    "libs/log/pyproject.toml": '[tool.poetry.dependencies]\ntext = {path = "../text"}\n',
    "libs/log/log/core.py": "",
    "libs/log/tests/test_log.py": "",
    "libs/text/pyproject.toml": '[project]\nname = "text"\n',
    "libs/text/text/words.py": "",
    "libs/idle/pyproject.toml": '[project]\nname = "idle"\n',
    "README.md": "",
}
# What an edit may write where, besides a comment.
_TEXTS = {
    "requirements.txt": ("one==1\n", "one==2\n", "", "-r more.txt\n"),
    "config.yaml": (_SAID, f"{_SAID}command: [serve]\n", f"{_SAID}prod_exclude: [data]\n"),
    "os_packages.txt": ("jq\n", "jq\ngit\n", "# none\n", ""),
    "pyproject.toml": (_MAIN, "", '[tool.poetry.dependencies]\nt = {path = "../../libs/text"}\n'),
}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo", _LIBS, commit=False)
    for name in _DIRS:
        files = {"devops/config.yaml": _SAID, "svc.py": "", "more.txt": "", "data/a.txt": ""}
        files |= {"README.md": "", "tests/test_svc.py": "", "requirements.txt": ""}
        make_runnable_dir(made, name, files | {"pyproject.toml": _MAIN * (name != "apps/site")})
    commit_all(made.root)
    return made


def walked(root: Path, *, keep: bool = False) -> Snapshot:
    """What git lists of a repo in which it ignores nothing, without starting git."""
    return {path: _state(root / path) for path in sorted(_files(root))}


def _files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [one for one in folders if one not in (".git", "tmp.helpers")]
        yield from (os.path.relpath(f"{folder}/{name}", root) for name in names)


def _state(path: Path) -> str:
    if path.is_symlink():
        return f"{LINK} {blob_id(os.fsencode(path.readlink()), 'sha1')}"
    mode = EXECUTABLE if path.stat().st_mode & stat.S_IXUSR else PLAIN
    return f"{mode} {blob_id(path.read_bytes(), 'sha1')}"


def planned(repo: Repo, stage: Stage) -> list[Planned]:
    inputs = read_repo_inputs(repo, keep=False)
    dirs = [repo.runnable_dir(name) for name in _DIRS]
    return list(
        plan_each(repo, dirs, make_host(repo.root), BuildOptions(stage=stage), Known(inputs, {}))
    )


def given(repo: Repo, plan: BuildPlan, folder: Path) -> str:
    """A hash of the recipe and the bytes that a build is given."""
    said = hashlib.sha256(plan.dockerfile.read_bytes())
    recipe = (plan.ending, plan.target, plan.platform, plan.base_image, sorted(plan.args.items()))
    said.update(repr((recipe, sorted(plan.requirements.items()))).encode())
    if plan.code:
        stage_code(repo.root, plan.code, folder)
        for path in sorted(_files(folder)):
            found = (folder / path).lstat().st_mode, (folder / path).read_bytes()
            said.update(f"{path} {found}".encode())
        shutil.rmtree(folder)
    return said.hexdigest()


def edit(root: Path, choose: random.Random, number: int) -> None:
    """Write, add, remove or copy a file, or let it be executed."""
    paths = [path for path in sorted(_files(root)) if "changelog" not in path]
    path = choose.choice([path for path in paths if path != "repo_config.yaml"])
    file, texts = root / path, _TEXTS.get(path.rpartition("/")[2], ())
    kind = choose.random()
    if texts and kind < 0.7:
        file.write_text(choose.choice(texts))
    elif kind < 0.5 or (texts and kind < 0.9):
        kept = [line for line in file.read_text().splitlines() if not line.startswith("#")]
        file.write_text("\n".join([*kept, f"# {number % 7}", ""]))
    elif kind < 0.6:
        file.chmod(file.stat().st_mode ^ stat.S_IXUSR ^ stat.S_IXGRP ^ stat.S_IXOTH)
    elif kind < 0.9 and not texts:
        target = file.with_name(f"n{number % 5}{file.suffix}")
        target.write_text(choose.choice(("", "1\n", file.read_text())))
    elif file.name.startswith("n"):
        file.unlink()


@pytest.mark.superslow
@pytest.mark.parametrize("stage", [Stage.LOCAL, Stage.PROD])
def test_after_each_edit_the_dirs_are_named_whose_build_is_given_other_content(
    repo: Repo, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert walked(repo.root) == read_work_tree(repo.root)
    monkeypatch.setattr(repo_inputs, "read_work_tree", walked)
    choose, seen = random.Random(stage.value), set()
    labelled: dict[str, str] = {}
    content: dict[str, str] = {}

    def made(plan: BuildPlan) -> Made | None:
        said = read_parts(labelled.get(plan.reference, ""))
        return None if said is None else Made(said)

    for number in range(_EDITS):
        edit(repo.root, choose, number)
        now = planned(repo, stage)
        assert not [one.error for one in now if one.error]
        plans = {one.runnable_dir.name: one.plans[0] for one in now}
        new = {name: given(repo, plan, tmp_path / "code") for name, plan in plans.items()}
        named = {one.runnable_dir.name for one in compare(now, made)}
        assert named == {name for name in _DIRS if content.get(name) != new[name]}, number
        seen.add(frozenset(named))
        # Some are built, some stay as they were.
        for name in (one for one in _DIRS if choose.random() < 0.6):
            labelled[plans[name].reference] = parts_text(plans[name].made_from.parts())
            content[name] = new[name]
    assert walked(repo.root) == read_work_tree(repo.root)
    assert len(seen) > 5, "the edits changed nothing, or always the same"
