"""All that says a version of a dir's code is compared."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.code_version import CodeTag, NextVersion
from helpers.model.packages.index import IndexFile, PackageIndex
from helpers.model.settings.release_config import ReleaseConfig, VersionPlace
from helpers.model.version import Version
from helpers.model.version_check import SaidVersions, disagreements
from helpers.registry.package_index import IndexClient
from helpers.release.check_versions import check_versions
from helpers.release.code_versions import Asked, next_versions
from helpers.release.released_dirs import find_released
from helpers.system.repo_files import load_repo
from helpers.vcs.discovery import discover_dirs
from tests.builders import commit_all, git, make_repo, make_runnable_dir, write_files
from tests.wheel_repos import package

A, B = "a" * 40, "b" * 40
LAST = CodeTag("shop-v1.2.3", A, Version(1, 2, 3))
NEXT = Version(1, 3, 0)
IN_PROJECT = ReleaseConfig(version_in=VersionPlace.PYPROJECT)
V = [Version(1, 2, 2), Version(1, 2, 3), Version(1, 4, 0)]
HERE = {LAST.name: A}


def _next(last: CodeTag | None = LAST, version: Version | None = NEXT) -> NextVersion:
    return NextVersion("apps/shop", "shop", "shop-v", last, version)


@pytest.mark.parametrize(
    ("said", "config", "found"),
    [
        (SaidVersions(), ReleaseConfig(), _next()),
        (SaidVersions(), ReleaseConfig(), _next(None)),
        (SaidVersions(project="0.0.0"), ReleaseConfig(), _next()),
        (SaidVersions(project="1.2.3"), ReleaseConfig(), _next()),
        (SaidVersions(project="1.9"), ReleaseConfig(), _next()),
        (SaidVersions(project="1.3.0"), IN_PROJECT, _next()),
        (SaidVersions(project="1.2.3"), IN_PROJECT, _next(version=None)),
        (SaidVersions(tags=HERE, remote="origin", remote_tags=HERE), ReleaseConfig(), _next()),
        (SaidVersions(indexes={"team": V[:2]}), ReleaseConfig(), _next()),
        (SaidVersions(branch="main"), ReleaseConfig(branches=("main",)), _next()),
    ],
)
def test_what_agrees_is_no_finding(
    said: SaidVersions, config: ReleaseConfig, found: NextVersion
) -> None:
    assert disagreements(found, config, said) == []


@pytest.mark.parametrize(
    ("said", "config", "found", "values", "fix"),
    [
        (
            SaidVersions(project="1.2.0"),
            ReleaseConfig(),
            _next(),
            ("1.2.0", "shop-v1.2.3"),
            "i release_next --dir apps/shop ",
        ),
        (
            SaidVersions(project="1.2.3"),
            IN_PROJECT,
            _next(),
            ("1.2.3", "1.3.0"),
            "i release_next --dir apps/shop --commit",
        ),
        (
            SaidVersions(project="1.2.3"),
            IN_PROJECT,
            replace(_next(), chosen=True),
            ("1.2.3", "1.3.0"),
            "i release_next --dir apps/shop --commit --version 1.3.0",
        ),
        (
            SaidVersions(project="1.3.0"),
            IN_PROJECT,
            _next(version=None),
            ("1.3.0", "1.2.3"),
            "i release_next --dir apps/shop --commit",
        ),
        (
            SaidVersions(tags=HERE, remote="origin", remote_tags={LAST.name: B}),
            ReleaseConfig(),
            _next(),
            (A[:12], B[:12]),
            "git tag --delete shop-v1.2.3",
        ),
        (
            SaidVersions(
                tags=HERE,
                remote="origin",
                remote_tags={**HERE, "shop-v1.9.0": B, "shop-v1.10.0": B},
            ),
            ReleaseConfig(),
            _next(),
            ("shop-v1.10.0", "shop-v1.2.3"),
            "git fetch --tags --force origin",
        ),
        (
            SaidVersions(tags=HERE, remote="origin"),
            ReleaseConfig(),
            _next(),
            ("shop-v1.2.3", "origin"),
            "git push origin shop-v1.2.3",
        ),
        (
            SaidVersions(
                tags={**HERE, "shop-v1.2.2": B, "shop-v1.1.0": B},
                remote="origin",
                remote_tags=HERE,
            ),
            ReleaseConfig(),
            _next(),
            ("shop-v1.1.0, shop-v1.2.2 are here", "origin does not have them"),
            "git push origin shop-v1.1.0 shop-v1.2.2   (or git tag --delete shop-v1.1.0",
        ),
        (
            SaidVersions(indexes={"team": V[:1]}),
            ReleaseConfig(),
            _next(),
            ("1.2.2", "shop-v1.2.3"),
            "git switch --detach shop-v1.2.3 && i package_publish --dir apps/shop --index team",
        ),
        (
            SaidVersions(indexes={"team": V}),
            ReleaseConfig(),
            _next(),
            ("1.4.0", "shop-v1.2.3"),
            "git fetch --tags --force && i release --dir apps/shop",
        ),
        (
            SaidVersions(branch="topic"),
            ReleaseConfig(branches=("main", "hotfix")),
            _next(),
            ("topic", "main, hotfix"),
            "git switch main",
        ),
    ],
)
def test_what_disagrees_is_named_with_both_values_and_what_helps(
    said: SaidVersions,
    config: ReleaseConfig,
    found: NextVersion,
    values: tuple[str, str],
    fix: str,
) -> None:
    (error,) = disagreements(found, config, said)
    assert all(value in error.what for value in values), error.what
    assert error.fix.startswith(fix)


class _Index(IndexClient):
    """Has files of a project, and says no more."""

    def __init__(self, index: PackageIndex, *names: str) -> None:
        super().__init__(index, cast("Any", None), lambda: None)
        self._names = names

    def files(self, project: str) -> dict[str, IndexFile]:
        assert project == "shop"
        return {name: IndexFile(name, "", {}) for name in self._names}


def test_remote_and_index_are_asked_and_what_does_not_answer_is_left_out(tmp_path: Path) -> None:
    index = "indexes: {team: {publish: https://h/up, simple: https://h/s}, o: {simple: https://o}}"
    made = make_repo(tmp_path / "repo", config=f"name: demo\nrelease: {{}}\n{index}\n")
    make_runnable_dir(made, "apps/shop", package("shop", "flit"))
    make_runnable_dir(made, "apps/plain")
    commit_all(made.root, "feat: begin")
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    git(made.root, "remote", "add", "origin", str(remote))
    git(made.root, "tag", "shop-v1.2.3")
    write_files(made.root, {"apps/shop/a.py": ""})
    commit_all(made.root, "fix: a")
    files = ("shop-1.2.2-py3-none-any.whl", "shop-1.2.4.dev7-py3-none-any.whl", "words")

    def check() -> tuple[dict[str, list[str]], list[str]]:
        told: list[str] = []
        repo = load_repo(made.root)
        dirs = find_released(repo, discover_dirs(repo))
        inputs = read_repo_inputs(repo)
        results = next_versions(repo, dirs, inputs, print, Asked.NONE)
        found = [(one, its) for one in dirs if isinstance(its := results[one.name], NextVersion)]
        wrong = check_versions(
            repo,
            found,
            inputs,
            lambda _, index: _Index(index, *files),
            lambda event: told.append(str(event)),
        )
        return {name: [one.what for one in errors] for name, errors in wrong.items()}, told

    found, told = check()
    assert told == []
    assert found == {
        "apps/plain": [],
        "apps/shop": [
            "the newest tag is shop-v1.2.3, and origin does not have it",
            "team has 1.2.2, and the newest tag is shop-v1.2.3",
        ],
    }
    git(made.root, "push", "-q", "origin", "shop-v1.2.3")
    assert check()[0]["apps/shop"] == ["team has 1.2.2, and the newest tag is shop-v1.2.3"]
    git(made.root, "remote", "set-url", "origin", str(tmp_path / "gone"))
    found, (notice,) = check()
    assert "origin cannot be asked for its tags" in notice
    assert found["apps/shop"] == ["team has 1.2.2, and the newest tag is shop-v1.2.3"]
