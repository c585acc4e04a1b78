"""After each of 10,000 random edits CI plans the dirs of `main_pytest.py --changed-since`.

Both are asked as their commands ask them. What the work tree has is kept here as it is written, git
is asked only once about commits that do not change, and inputs are read once for each state of the
work tree and each commit: so an edit takes milliseconds.
"""

import os
import random
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from helpers.ci.event import Event
from helpers.ci.make_plan import plan_event, plan_since
from helpers.ci.read_settings import ci_config_of
from helpers.inputs import affected_dirs, repo_inputs
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs, read_repo_inputs_of
from helpers.model.repo import Repo
from helpers.system import process
from helpers.testing.choose import choose
from helpers.testing.request import TestRequest
from helpers.vcs.content_ids import blob_id
from helpers.vcs.git import EXECUTABLE, LINK, PLAIN
from helpers.vcs.snapshot import CommitFiles, Snapshot, read_work_tree
from tests.builders import commit_all, make_repo, make_runnable_dir

_DIRS = tuple(f"apps/{name}" for name in ("a", "a/inner", "b", "c", "d", "e"))
_LIBS = tuple(f"libs/{name}" for name in ("log", "text", "text/deep", "idle"))
_PLACES = (*_DIRS, *_LIBS, "data", ".")
_NAMES = ("x.py", "y.txt", "sub/z.py", "conftest.py", "pytest.ini", "requirements.txt")
# A few edits are made one after the other, then undone; so many are, then what is there is new.
_IN_A_ROW = 5
_UNTIL_COMMIT = 500
_File = tuple[str, bytes]


@dataclass
class _Bench:
    """A repo, its files at the commit that others are compared with, and as they are now."""

    repo: Repo
    base: str = ""
    committed: dict[str, _File] = field(default_factory=dict)
    now: dict[str, _File] = field(default_factory=dict)
    snapshot: Snapshot = field(default_factory=dict)

    def put(self, path: str, file: _File | None) -> None:
        """Write a file, or remove it."""
        place = self.repo.root / path
        place.unlink(missing_ok=True)
        if file is None:
            self.now.pop(path, None)
            self.snapshot.pop(path, None)
            return
        mode, content = file
        place.parent.mkdir(parents=True, exist_ok=True)
        if mode == LINK:
            place.symlink_to(os.fsdecode(content))
        else:
            place.write_bytes(content)
            place.chmod(0o755 if mode == EXECUTABLE else 0o644)
        self.now[path] = file
        self.snapshot[path] = f"{mode} {blob_id(content, 'sha1')}"

    def undo(self) -> None:
        """Go back to what was committed."""
        for path in sorted(self.now.keys() | self.committed.keys()):
            if self.now.get(path) != self.committed.get(path):
                self.put(path, self.committed.get(path))

    def commit(self) -> None:
        """Let what is there be what others are compared with."""
        self.base = commit_all(self.repo.root)
        self.now = dict(_files(self.repo.root))
        self.committed = dict(self.now)
        self.snapshot = {path: f"{m} {blob_id(c, 'sha1')}" for path, (m, c) in self.now.items()}
        assert self.snapshot == read_work_tree(self.repo.root)

    def edit(self, choose: random.Random) -> None:
        """Write, remove, move or link a file, or let a dir be one, or need another place."""
        place = choose.choice(_PLACES)
        path = os.path.normpath(f"{place}/{choose.choice(_NAMES)}")
        file, kind = self.now.get(path), choose.random()
        if kind < 0.35:
            self.put(path, (PLAIN, f"# {choose.randrange(5)}\n".encode()))
        elif kind < 0.5:
            self.put(path, None)
        elif kind < 0.6 and file and file[0] != LINK:
            self.put(path, (PLAIN if file[0] == EXECUTABLE else EXECUTABLE, file[1]))
        elif kind < 0.65 and file:
            self.put(path, None)
            self.put(os.path.normpath(f"{choose.choice(_PLACES)}/moved.py"), file)
        elif kind < 0.7:
            leads = os.path.relpath(choose.choice(_PLACES), place)
            self.put(os.path.normpath(f"{place}/link"), (LINK, os.fsencode(leads)))
        elif kind < 0.85:
            text = _needs(place, choose.choice(_LIBS))
            self.put(os.path.normpath(f"{place}/pyproject.toml"), (PLAIN, text.encode()))
        elif kind < 0.95:
            text = f"depends_on: [{choose.choice(_LIBS)}]\n" * choose.randrange(2)
            self.put(f"{choose.choice(_DIRS)}/devops/config.yaml", (PLAIN, text.encode()))
        else:
            path = f"{choose.choice(_DIRS)}/changelog.txt"
            self.put(path, None if path in self.now else self.committed.get(path, (PLAIN, b"")))


def _needs(place: str, other: str) -> str:
    return f'[tool.poetry.dependencies]\nx = {{path = "{os.path.relpath(other, place)}"}}\n'


def _files(root: Path) -> Iterator[tuple[str, _File]]:
    for folder, folders, names in os.walk(root):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = [name for name in folders if name not in (".git", "tmp.helpers", *links)]
        for name in (*names, *links):
            path = Path(folder, name)
            shown = os.path.relpath(path, root)
            if path.is_symlink():
                yield shown, (LINK, os.fsencode(path.readlink()))
            else:
                executable = path.stat().st_mode & stat.S_IXUSR
                yield shown, (EXECUTABLE if executable else PLAIN, path.read_bytes())


@pytest.fixture
def bench(tmp_path: Path) -> _Bench:
    files = {f"{place}/x.py": "" for place in ("data", *_LIBS)}
    files |= {"libs/log/pyproject.toml": _needs("libs/log", "libs/text"), "README.md": ""}
    repo = make_repo(tmp_path / "repo", files, commit=False)
    for name, lib in zip(_DIRS, ("log", "text", "text", "log", "text/deep", ""), strict=True):
        text = _needs(name, f"libs/{lib}") if lib else ""
        make_runnable_dir(repo, name, {"x.py": "", "pyproject.toml": text})
    return _Bench(repo)


@pytest.mark.parametrize(
    "edits", [500, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.superslow])]
)
def test_the_plan_is_what_a_run_at_a_desk_tests(
    bench: _Bench, edits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: dict[Any, Any] = {}
    present: dict[Path, RepoInputs] = {}
    earlier: dict[str, RepoInputs] = {}
    ask = process.run_ending

    def asked_once(ends: Any, args: Any, **more: Any) -> Any:
        key = repr((args, more))
        if key not in answers:
            answers[key] = ask(ends, args, **more)
        return answers[key]

    def read_once(repo: Repo, files: CommitFiles, present: RepoInputs) -> RepoInputs:
        if bench.base not in earlier:
            earlier[bench.base] = read_repo_inputs_of(repo, files, present)
        return earlier[bench.base]

    bench.commit()
    monkeypatch.setattr(repo_inputs, "read_work_tree", lambda *_, **__: dict(bench.snapshot))
    monkeypatch.setattr(process, "run_ending", asked_once)
    monkeypatch.setattr(affected_dirs, "read_repo_inputs", lambda repo: present[repo.root])
    monkeypatch.setattr(affected_dirs, "read_repo_inputs_of", read_once)
    # On a busy machine a new thread is waited for longer than an edit takes.
    kept = nullcontext(ThreadPoolExecutor(1))
    monkeypatch.setattr(affected_dirs, "ThreadPoolExecutor", lambda *_, **__: kept)
    config, chosen, seen = ci_config_of(bench.repo), random.Random(edits), set()
    for number in range(edits):
        if number % _UNTIL_COMMIT == _UNTIL_COMMIT - 1:
            answers.clear()
            bench.commit()
            answers.clear()
        elif number % _IN_A_ROW == 0:
            bench.undo()
        bench.edit(chosen)
        inputs = read_repo_inputs(bench.repo)
        present[bench.repo.root] = inputs
        every = tuple(bench.repo.runnable_dir(name) for name in sorted(inputs.tree.dirs))
        request = TestRequest(dirs=every, every_dir=every, since=bench.base)
        dirs = tuple(item.name for item in choose(request, inputs).dirs)
        by_event = number % 2
        plan = (
            plan_event(bench.repo, config, Event(bench.base))
            if by_event
            else plan_since(bench.repo, config, bench.base)
        )
        assert plan.everything == ""
        assert plan.affected == dirs, number
        assert tuple(sorted(name for part in plan.parts for name in part.dirs)) == dirs
        assert set(plan.skipped) == {item.name for item in every} - set(dirs)
        seen.add(dirs)
    assert len(seen) > 20, "the edits changed nothing, or always the same"
