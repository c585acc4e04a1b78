"""Random edits of a repo, against a reference that looks at everything again.

Two things are held after each edit. Reuse: two states with the same digest of a dir's inputs show
its tests the very same files. Affected: the dirs that a change affects are those, and only those,
whose tests would see something else than at the newest commit, when that is checked out.

Besides edits of files there are those of what git makes of them: attributes, settings, flags. A
kind of edit is added to `_edits` and `_apply`; what tests see besides files to `_Workbench.sees`.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import strategies as st

from helpers.containers.inputs_view import View
from helpers.inputs.affected_dirs import read_changes
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.repo import Repo
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.vcs import content_ids
from helpers.vcs.git import git_names
from tests.builders import commit_all, git, make_repo
from tests.edits import try_edits

pytestmark = pytest.mark.slow

# About five a second beside other tests. More than is done of itself: HELPERS_EDITS=2000.
_EDITS = int(os.environ.get("HELPERS_EDITS", "400"))
_PLACES = ("apps/a", "apps/a/inner", "apps/b", "apps/c", "libs/x", "libs/y", "libs/x/deep", "data")
_NAMES = ("one.py", "two.txt", "conftest.py", "sub/three.py", "left.ignored", "changelog.txt")
_STRANGE = (os.fsdecode(b"caf\xe9.txt"), "new\nline.py", "-'dash\".txt")
_PLAIN_PATHS = tuple(f"{place}/{name}" for place in _PLACES for name in _NAMES)
_PATHS = (*_PLAIN_PATHS, *(f"{place}/{name}" for place in _PLACES[:6] for name in _STRANGE))
_TICK = 0.021
# The last ones are stored alike with others, by one of the attributes.
_CONTENTS = ("a = 1\n", "a = 2\n", "a = 3\n", "", "a = 1\r\n", "n = 1\n", "$Id$\n", "$Id: x $\n",
             "a = 1\n# OUT 1\n", "a = 1\n# OUT 2\n")  # fmt: skip
_ATTRIBUTES = ("* text=auto", "* text eol=crlf", "*.py eol=lf", "*.txt eol=crlf\n*.py -text",
               "*.py filter=strip", "*.txt filter=turn", "* ident", "* filter=strip ident eol=crlf",
               "*.txt working-tree-encoding=ISO-8859-1", "")  # fmt: skip
_SETTINGS = ("core.autocrlf=true", "core.autocrlf=input", "core.autocrlf=false",
             "core.trustctime=false", "core.checkStat=minimal", "core.ignoreStat=true",
             "core.untrackedCache=true")  # fmt: skip
_FILTERS = {
    "filter.strip.clean": "sed '/# OUT/d'",
    "filter.strip.smudge": "cat",
    "filter.turn.clean": "tr a-z n-za-m",
    "filter.turn.smudge": "tr a-z n-za-m",
    "core.safecrlf": "false",
}

_paths = st.sampled_from(_PATHS)
_plain_paths = st.sampled_from(_PLAIN_PATHS)
_places = st.sampled_from(_PLACES)
_GIT = ("add", "commit", "restore", "assume", "skip", "intend", "forget")
_edits = st.one_of(
    st.tuples(st.just("write"), _paths, st.sampled_from(_CONTENTS)),
    st.tuples(st.just("write quietly"), _paths, st.sampled_from(_CONTENTS)),
    st.tuples(st.just("delete"), _paths, st.just("")),
    st.tuples(st.just("execute"), _paths, st.just("")),
    st.tuples(st.just("link"), _paths, st.one_of(_paths, _places, st.just("outside"))),
    st.tuples(st.just("move"), _paths, _paths),
    st.tuples(st.just("runnable"), _places, st.sampled_from(("yes", "no"))),
    st.tuples(st.just("poetry"), _places, _places),
    st.tuples(st.just("uv"), _places, _places),
    st.tuples(st.just("requirements"), _places, _places),
    st.tuples(st.just("bricks"), _places, _places),
    st.tuples(st.just("declare"), _places, st.one_of(_plain_paths, _places)),
    st.tuples(st.just("pytest"), st.sampled_from((".", "apps")), st.sampled_from(("yes", "no"))),
    st.tuples(st.just("git"), st.sampled_from(_GIT), _paths),
    st.tuples(
        st.just("attributes"), st.sampled_from((".", *_PLACES)), st.sampled_from(_ATTRIBUTES)
    ),
    st.tuples(st.just("setting"), st.sampled_from(_SETTINGS), st.just("")),
)


@dataclass
class _Workbench:
    """A repo, what its dirs showed their tests under each digest, and at the newest commit."""

    repo: Repo
    views: Path
    shown: dict[str, str] = field(default_factory=dict)
    committed: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Hold both properties for the work tree as it is."""
        inputs, changes = read_changes(self.repo, "")
        now = self._look(inputs)
        differs = {name for name, seen in now.items() if self.committed.get(name) != seen}
        assert set(changes.dirs) == differs, changes.paths
        assert {name for name in now if changes.why(name)} >= differs & set(self.committed)

    def commit(self) -> None:
        """Commit everything, check it out as a clone does, and remember what each dir shows."""
        root = self.repo.root
        for line in git_names(root, "ls-files", "-z", "-v"):
            if line[0] in "hS":
                flags = ("--no-assume-unchanged", "--no-skip-worktree")
                for flag in flags:
                    git(root, "update-index", flag, line[2:])
        commit_all(root)
        git(root, "read-tree", "--empty")
        git(root, "reset", "--quiet", "--hard")
        self.committed = self._look(read_repo_inputs(self.repo))

    def sees(self, inputs: RepoInputs, name: str) -> tuple[str, str]:
        """A dir's key, and a hash of all that its tests see."""
        view = View(self.views / name.replace("/", "_"))
        files = {path: inputs.snapshot[path] for path in inputs.of(name).files}
        filled = view.fill(self.repo.root, files, TOOLCHAIN_ROOT / "devops/in_container", {})
        assert filled.exact
        return f"{name} {inputs.digest(name)}", _hash_of(view.tree)

    def _look(self, inputs: RepoInputs) -> dict[str, str]:
        found = {}
        for name in inputs.tree.dirs:
            key, found[name] = self.sees(inputs, name)
            assert self.shown.setdefault(key, found[name]) == found[name], "a false reuse"
        return found


def _hash_of(tree: Path) -> str:
    """What a test could see: names, kinds, modes and content."""
    seen = []
    for folder, folders, files in os.walk(tree):
        if "tmp.helpers" in Path(folder).relative_to(tree).parts:
            continue
        for name in [*files, *folders]:
            path = Path(folder, name)
            if path.is_dir() and not path.is_symlink():
                continue
            if path.is_symlink():
                content = os.fsencode(f"link {path.readlink()}")
            else:
                mode = "x" if path.stat().st_mode & 0o100 else "-"
                content = mode.encode() + path.read_bytes()
            seen.append((str(path.relative_to(tree)), content))
    return hashlib.sha256(repr(sorted(seen)).encode()).hexdigest()


def _apply(bench: _Workbench, kind: str, where: str, what: str) -> None:
    root = bench.repo.root
    path = root / where
    if kind == "git":
        _git(bench, where, what)
    elif kind in ("write", "write quietly"):
        _write(path, what, quietly=kind == "write quietly")
    elif kind == "delete":
        _remove(path)
    elif kind == "execute" and path.is_file() and not path.is_symlink():
        path.chmod(path.stat().st_mode ^ 0o111)
    elif kind == "link" and not path.is_dir() and _can_be_made(root, path):
        _remove(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        target = Path("/etc/hostname") if what == "outside" else root / what
        path.symlink_to(os.path.relpath(target, path.parent) if what != "outside" else target)
    elif kind == "move" and path.is_file() and not path.is_symlink():
        content = path.read_bytes().decode()
        _remove(path)
        _write(root / what, content)
    elif kind == "attributes":
        _write(path / ".gitattributes", f"{what}\n")
    elif kind == "setting":
        # Which line ends a commit has when it is checked out depends on it.
        git(root, "config", *where.split("="))
        bench.commit()
    elif kind in _MANIFESTS:
        _declare(root, kind, where, what)


def _git(bench: _Workbench, action: str, path: str) -> None:
    root = bench.repo.root
    literal = f":(literal){path}"
    if action == "add":
        git(root, "add", "--all")
    elif action == "commit":
        bench.commit()
    elif action == "intend" and (root / path).is_file():
        git(root, "add", "--intent-to-add", "--force", "--", literal)
    elif git_names(root, "ls-files", "-z", "--", literal):
        command = {
            "restore": ("checkout", "--", literal),
            "assume": ("update-index", "--assume-unchanged", path),
            "skip": ("update-index", "--skip-worktree", path),
            "forget": ("rm", "--quiet", "--cached", "--force", "--", literal),
        }
        if action in command:
            git(root, *command[action])


def _write(path: Path, content: str, *, quietly: bool = False) -> None:
    """Quietly: with the time of the last change as it was."""
    if path.is_dir() or path.is_symlink() or not _can_be_made(path.parents[-2], path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.stat() if path.exists() else None
    if quietly:
        # In one tick of the clock nobody, git included, sees a change that keeps time and size.
        time.sleep(_TICK)
    path.write_text(content)
    if quietly and before:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _can_be_made(root: Path, path: Path) -> bool:
    """Whether no file or link stands where a folder would have to be, or leads elsewhere."""
    above = [folder for folder in path.parents if folder != root and folder.is_relative_to(root)]
    resolved = path.resolve()
    return all(not f.exists() or (f.is_dir() and not f.is_symlink()) for f in above) and not (
        path.is_symlink() and resolved != path
    )


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()


_MANIFESTS = {
    "runnable": ("devops/os_packages.txt", "# {yes}\n"),
    "poetry": ("pyproject.toml", '[tool.poetry.dependencies]\nx = {{ path = "{relative}" }}\n'),
    "uv": (
        "pyproject.toml",
        '[project]\nname = "p"\ndependencies = ["x"]\n'
        '[tool.uv.sources]\nx = {{ path = "{relative}" }}\n',
    ),
    "requirements": ("requirements.txt", "-e {relative}\n"),
    "bricks": ("pyproject.toml", '[tool.polylith.bricks]\n"{relative}" = "x"\n'),
    "declare": ("devops/config.yaml", "depends_on: ['{what}']\n"),
    "pytest": ("pytest.ini", "[pytest]\n"),
}


def _declare(root: Path, kind: str, where: str, what: str) -> None:
    name, text = _MANIFESTS[kind]
    path = root / where / name
    if kind in ("runnable", "pytest") and what == "no":
        _remove(path)
        return
    relative = os.path.relpath(root / what, root / where)
    _write(path, text.format(relative=relative, what=what, yes=what))


@pytest.mark.superslow
def test_nothing_is_reused_or_left_out_that_would_see_something_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # So that what was read before is used as soon as the clock of this machine allows it.
    monkeypatch.setattr(content_ids, "_TICK", int(_TICK * 1e9) - 1_000_000)
    monkeypatch.setattr(content_ids, "_MANY_FILES", 0)
    try_edits(_edits, _EDITS, _hold)


def _hold(edits: Iterable[tuple[str, str, str]]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="helpers-edits-"))
    try:
        files = {".gitignore": "*.ignored\ntmp.*\n"}
        for place in _PLACES:
            files[f"{place}/one.py"] = "a = 1\n"
        for place in ("apps/a", "apps/b", "apps/c"):
            files[f"{place}/changelog.txt"] = "# x-1.0.0\n- 2026-01-01\n"
            files[f"{place}/devops/os_packages.txt"] = ""
        bench = _Workbench(make_repo(folder / "repo", files), folder / "views")
        for name, value in _FILTERS.items():
            git(bench.repo.root, "config", name, value)
        bench.commit()
        for edit in edits:
            _apply(bench, *edit)
            bench.check()
    finally:
        shutil.rmtree(folder)
