"""Whatever is done in whatever order, the text of a user stays: on the disk or in a commit."""

import random
from pathlib import Path

import pytest

from helpers.managed_files.written import apply_changes
from helpers.model.errors import HelpersError
from helpers.model.managed_file import Take
from helpers.repos.open_repos import OpenedRepo
from helpers.sync.shared_files import check_nothing_is_lost, look
from helpers.sync.sync_checkouts import SyncRequest, act_on_all, look_at_all
from helpers.sync.synced_checkout import find_place
from helpers.vcs.listed_repos import ListedRepo
from tests.builders import commit_all, git, write_files
from tests.integration.sync.conftest import Adopter, MakeAdopter, shared

pytestmark = pytest.mark.slow

_PATHS = ("same.txt", "part.cfg", "keys.toml", "rules.yaml")
_SYNC = (
    shared("same.txt", "identical")
    + shared("part.cfg", "block")
    + shared("keys.toml", "merge-keys")
    + shared("rules.yaml", "link")
)
_ROUNDS = 5


def _text(path: str, chance: random.Random) -> str:
    """A few lines or keys, among them one that no other text has."""
    if path == "keys.toml":
        keys = [f"{name} = {chance.randrange(3)}\n" for name in "abc" if chance.random() < 0.7]
        return f"{''.join(keys)}[own]\nmark = {chance.randrange(10**9)}\n"
    lines = [f"line {number} {chance.randrange(3)}\n" for number in range(8)]
    return "".join([*lines, f"mark {chance.randrange(10**9)}\n"])


def _source(path: str, chance: random.Random) -> str:
    text = _text(path, chance)
    return text.partition("[own]")[0] if path == "keys.toml" else text.partition("mark")[0]


def _edit(adopter: Adopter, chance: random.Random) -> None:
    path = chance.choice(_PATHS)
    file = adopter.root / path
    kind = chance.choice(["write", "write", "add", "remove"])
    if file.is_symlink() or (kind == "remove" and file.exists()):
        file.unlink()
    if kind == "remove":
        # What is taken away is meant to be gone, but for what others see.
        commit_all(adopter.root)
    elif kind == "add" and file.is_file() and path != "keys.toml":
        file.write_text(f"{file.read_text()}mark {chance.randrange(10**9)}\n")
    else:
        commit_all(adopter.root)
        write_files(adopter.root, {path: _text(path, chance)})


def _marks(adopter: Adopter) -> set[str]:
    """The marks of the user that are on the disk or in any commit."""
    texts = [
        (adopter.root / path).read_text() for path in _PATHS if (adopter.root / path).is_file()
    ]
    texts.append(git(adopter.root, "log", "--all", "--patch", "--format="))
    lines = "\n".join(texts).splitlines()
    return {line.lstrip("+- ") for line in lines if line.lstrip("+- ").startswith("mark ")}


def _apply(adopter: Adopter, chance: random.Random) -> None:
    take = chance.choice([Take.NEITHER, Take.OWN, Take.SHARED, Take.SHARED])
    how = chance.choice(["write", "write", "commit", "branch"])
    if how == "write":
        found = look(find_place(adopter.root), (), take)
        check_nothing_is_lost(found)
        apply_changes(found.place.root, found.changes)
        return
    branch = "in-step" if how == "branch" else ""
    request = SyncRequest(take=take, commit=how == "commit", branch=branch)
    repo = OpenedRepo(ListedRepo("x", adopter.root))
    act_on_all(look_at_all([repo], request), request, dry_run=False)


@pytest.mark.parametrize("seed", range(6))
def test_no_text_of_a_user_is_ever_gone(
    make_adopter: MakeAdopter, seed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _as_ann(monkeypatch)
    chance = random.Random(seed)
    sources = {f"shared_files/{path}": _source(path, chance) for path in _PATHS}
    adopter = make_adopter(_SYNC, sources)
    refused = 0
    for _ in range(_ROUNDS):
        for _ in range(3):
            _edit(adopter, chance)
        if chance.random() < 0.5:
            _upstream(adopter, chance)
        if chance.random() < 0.3:
            commit_all(adopter.root)
        before = _marks(adopter)
        try:
            _apply(adopter, chance)
        except HelpersError:
            refused += 1
        assert before <= _marks(adopter)
    assert refused < _ROUNDS


def _upstream(adopter: Adopter, chance: random.Random) -> None:
    path = chance.choice(_PATHS)
    write_files(adopter.source, {f"shared_files/{path}": _source(path, chance)})
    commit = commit_all(adopter.source)
    git(adopter.root / "tools", "fetch", "--quiet", "origin")
    git(adopter.root / "tools", "checkout", "--quiet", commit)


def _as_ann(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ann@example.org")
