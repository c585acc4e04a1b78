"""Versions of dirs' code in real git repos."""

import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.code_version import NextVersion
from helpers.model.errors import HelpersError
from helpers.model.events import Notice
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.model.version_check import SaidVersions, disagreements
from helpers.release.code_versions import Asked, next_versions
from helpers.release.plan_code import meant
from helpers.release.pyproject_version import commit_versions, plan_versions, read_version
from helpers.release.released_dirs import find_released, released_or_told
from helpers.release.versions_now import wheel_versions
from helpers.system.process import run
from helpers.system.repo_files import load_repo
from helpers.vcs.discovery import discover_dirs
from tests.builders import add_submodule, commit_all, git, make_repo, make_runnable_dir, write_files

CONFIG = "name: demo\nrelease: {}\n"
API = "apps/api"
USES = '[project]\nname = "api"\nversion = "0.0.0"\n[tool.poetry.dependencies]\n'
LIB = '[project]\nname = "lib"\nversion = "0.0.0"\n'
LINE = 'lib = {path = "../../libs/lib"}\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Two dirs, of which one depends on a package; both were released."""
    made = make_repo(tmp_path / "repo", {"libs/lib/pyproject.toml": LIB}, config=CONFIG)
    make_runnable_dir(made, API, {"pyproject.toml": USES + LINE})
    make_runnable_dir(made, "apps/ui", {"ui.py": ""})
    commit_all(made.root, "feat: begin")
    for tag in ("api-v1.2.3", "ui-v0.4.1"):
        git(made.root, "tag", tag)
    return made


def change(repo: Repo, message: str, *paths: str) -> str:
    """Commit a change of files."""
    write_files(repo.root, {path: f"# {message} {random.random()}\n" for path in paths})
    return commit_all(repo.root, message)


def versions(repo: Repo, told: list[str] | None = None) -> dict[str, str]:
    """The next version of each dir; or what is wrong."""
    repo = load_repo(repo.root)
    dirs = find_released(repo, discover_dirs(repo))
    listen = (told if told is not None else []).append
    found = next_versions(
        repo,
        dirs,
        read_repo_inputs(repo),
        lambda event: listen(event.text if isinstance(event, Notice) else ""),
    )
    return {name: _text(one) for name, one in found.items()}


def _text(one: NextVersion | HelpersError) -> str:
    return str(one.version) if isinstance(one, NextVersion) else one.what


def test_a_commit_raises_the_dirs_whose_inputs_it_touches(repo: Repo) -> None:
    assert versions(repo) == {API: "None", "apps/ui": "None"}
    change(repo, "feat!: prices", f"{API}/api.py")
    change(repo, "docs: words", "README.md")
    assert versions(repo) == {API: "2.0.0", "apps/ui": "None"}
    change(repo, "feat: words", "libs/lib/lib.py", "apps/ui/ui.py")
    assert versions(repo) == {API: "2.0.0", "apps/ui": "0.5.0"}


def test_a_commit_of_a_dependency_is_a_patch(repo: Repo) -> None:
    change(repo, "feat!: prices", "libs/lib/lib.py")
    assert versions(repo)[API] == "1.2.4"


def test_a_new_environment_raises_no_version_of_the_code(repo: Repo) -> None:
    change(repo, "feat!: pandas", f"{API}/devops/os_packages.txt", f"{API}/poetry.lock")
    assert versions(repo)[API] == "None"


def test_a_dependency_of_then_counts_until_the_dir_no_longer_had_it(repo: Repo) -> None:
    change(repo, "feat: words", "libs/lib/lib.py")
    write_files(repo.root, {f"{API}/pyproject.toml": USES})
    commit_all(repo.root, "Leave lib")
    git(repo.root, "rm", "-rq", "libs")
    commit_all(repo.root, "Remove lib")
    dirs = find_released(load_repo(repo.root), discover_dirs(load_repo(repo.root)))
    inputs = read_repo_inputs(load_repo(repo.root))
    found = next_versions(load_repo(repo.root), dirs, inputs, lambda _: None)[API]
    assert isinstance(found, NextVersion)
    assert [one.title for one in found.counted] == ["Remove lib", "Leave lib", "feat: words"]


def test_a_dir_that_moved_keeps_its_history(repo: Repo) -> None:
    change(repo, "feat: before", f"{API}/api.py")
    git(repo.root, "mv", API, "apps/service")
    commit_all(repo.root, "Move")
    assert versions(repo)["apps/service"] == "1.3.0"


def test_what_a_merge_brings_counts_even_if_it_is_older_than_the_tag(repo: Repo) -> None:
    git(repo.root, "switch", "-qc", "topic", "HEAD")
    change(repo, "feat: on a branch", f"{API}/api.py")
    git(repo.root, "switch", "-q", "main")
    change(repo, "fix: on main", f"{API}/other.py")
    git(repo.root, "tag", "api-v1.2.4")
    assert versions(repo)[API] == "None"
    git(repo.root, "merge", "-q", "--no-ff", "-m", "feat!: merge", "topic")
    assert versions(repo)[API] == "1.3.0"


def test_a_revert_takes_back_what_was_not_released(repo: Repo) -> None:
    bad = change(repo, "feat!: prices", f"{API}/api.py")
    change(repo, "fix: words", f"{API}/other.py")
    git(repo.root, "revert", "--no-edit", bad)
    assert versions(repo)[API] == "1.2.4"


def test_a_commit_asks_for_a_version_of_the_dirs_that_it_touches_or_names(repo: Repo) -> None:
    change(repo, "fix: a\n\nRelease-As: 3.0.0", f"{API}/api.py")
    assert versions(repo) == {API: "3.0.0", "apps/ui": "None"}
    commit_all(repo.root, "chore: a\n\nRelease-As: ui-v1.0.0")
    assert versions(repo) == {API: "3.0.0", "apps/ui": "1.0.0"}
    commit_all(repo.root, "chore: a\n\nRelease-As: ui-v0.1.0")
    assert "Release-As: ui-v0.1.0, but ui-v0.4.1 is released" in versions(repo)["apps/ui"]


def test_a_release_as_that_cannot_be_read_is_told_and_blocks_no_other_dir(repo: Repo) -> None:
    change(repo, "fix: a\n\nRelease-As: offen-v4.0.0", f"{API}/api.py")
    change(repo, "fix: b", "apps/ui/ui.py")
    found = versions(repo)
    assert found["apps/ui"] == "0.4.2"
    assert "Release-As: offen-v4.0.0, but no dir's tags begin with offen-v" in found[API]
    change(repo, "fix: a\n\nRelease-As: ui-v0.5.0\nRelease-As: v2.0.0", f"{API}/api.py")
    assert versions(repo) == {API: "2.0.0", "apps/ui": "0.5.0"}
    # Nobody would hear of it: it touches no dir.
    told: list[str] = []
    commit = commit_all(repo.root, "chore: a\n\nRelease-As: offen-v4.0.0")
    assert versions(repo, told) == {API: "2.0.0", "apps/ui": "0.5.0"}
    (notice,) = told
    assert notice.endswith(f"{commit[:12]} chore: a: Release-As: offen-v4.0.0")


def test_only_tags_that_the_branch_has_count_and_no_version_is_given_twice(repo: Repo) -> None:
    git(repo.root, "switch", "-qc", "hotfix")
    change(repo, "fix: a", f"{API}/api.py")
    git(repo.root, "tag", "-am", "annotated", "api-v1.2.4")
    git(repo.root, "switch", "-q", "main")
    change(repo, "feat: b", f"{API}/api.py")
    assert versions(repo)[API] == "1.3.0"
    git(repo.root, "switch", "-q", "--detach", "api-v1.2.3")
    change(repo, "fix: c", f"{API}/api.py")
    assert "api-v1.2.4 would follow, and is released from another branch" in versions(repo)[API]


def test_tags_that_are_no_version_are_told_once(repo: Repo) -> None:
    git(repo.root, "tag", "api-v1.x")
    git(repo.root, "tag", "ui-v2")
    told: list[str] = []
    assert versions(repo, told)[API] == "None"
    assert told == ["ignored, since what follows the name is no version: api-v1.x, ui-v2"]


def test_two_tags_of_one_version_are_the_dir_s_error_alone(repo: Repo) -> None:
    git(repo.root, "tag", "api-v1.3.0")
    change(repo, "fix: a", "apps/ui/ui.py")
    git(repo.root, "tag", "api-v1.3.0+2")
    found = versions(repo)
    assert found["apps/ui"] == "0.4.2"
    assert "the version 1.3.0 is on two commits" in found[API]


def test_what_a_clone_lacks_is_fetched_by_the_command_that_is_printed(
    repo: Repo, tmp_path: Path
) -> None:
    clones: list[tuple[list[str], Callable[[HelpersError], bool]]] = [
        (["--depth=1"], lambda error: "shallow" in error.what),
        (["--no-tags"], lambda error: "lacks: api-v1.2.3, ui-v0.4.1" in error.what),
    ]
    for at, (options, is_right) in enumerate(clones):
        clone = tmp_path / f"a clone {at}"
        git(tmp_path, "clone", "-q", *options, f"file://{repo.root}", str(clone))
        with pytest.raises(HelpersError) as caught:
            versions(Repo(clone, repo.toolchain, repo.config))
        assert is_right(caught.value)
        subprocess.run(caught.value.fix, shell=True, cwd=clone, check=True, capture_output=True)
        assert versions(Repo(clone, repo.toolchain, repo.config))[API] == "None"


def test_a_newer_release_that_a_clone_lacks_is_refused_where_it_decides(
    repo: Repo, tmp_path: Path
) -> None:
    change(repo, "feat: a", f"{API}/api.py")
    git(tmp_path, "clone", "-q", str(repo.root), "clone")
    clone = Repo(tmp_path / "clone", repo.toolchain, repo.config)
    git(repo.root, "tag", "-am", "annotated", "api-v1.3.0")
    git(repo.root, "tag", "ui-v0.4.x")
    git(repo.root, "tag", "ui-v0.3.9", "HEAD~1")
    with pytest.raises(HelpersError) as caught:
        versions(clone)
    assert caught.value.what == "origin has tags that this clone lacks: api-v1.3.0"
    # A release compares them itself, and says more of it.
    loaded = load_repo(clone.root)
    dirs = find_released(loaded, discover_dirs(loaded))
    next_versions(loaded, dirs, read_repo_inputs(loaded), lambda _: None, Asked.NEW)
    subprocess.run(caught.value.fix, shell=True, cwd=clone.root, check=True, capture_output=True)
    assert versions(clone) == {API: "None", "apps/ui": "None"}
    # Of another branch: it decides nothing, unless its version would be given again.
    git(repo.root, "switch", "-qc", "hotfix")
    change(repo, "fix: b", "apps/ui/ui.py")
    git(repo.root, "tag", "ui-v0.4.2")
    assert versions(clone) == {API: "None", "apps/ui": "None"}
    change(clone, "fix: c", "apps/ui/ui.py")
    with pytest.raises(HelpersError, match=r"lacks: ui-v0\.4\.2"):
        versions(clone)


def test_a_remote_that_does_not_answer_is_told(repo: Repo) -> None:
    git(repo.root, "remote", "add", "origin", str(repo.root.parent / "gone"))
    told: list[str] = []
    assert versions(repo, told)[API] == "None"
    assert told.pop().endswith("; releases that are not here would be missed")
    make_runnable_dir(repo, "apps/new")
    commit_all(repo.root)
    assert versions(repo, told)["apps/new"] == "0.1.0"
    assert "origin cannot be asked for its tags" in told[0]
    assert "apps/new counts as never released" in told[0]


def test_a_dir_of_a_nested_repo_has_that_repo_s_tags(repo: Repo, tmp_path: Path) -> None:
    outer = make_repo(tmp_path / "outer", config="name: outer\n")
    add_submodule(outer.root, "nested/demo", repo.root)
    inner = Repo(outer.root / "nested/demo", repo.toolchain, repo.config)
    change(inner, "feat: a", f"{API}/api.py")
    assert versions(outer) == {f"nested/demo/{API}": "1.3.0", "nested/demo/apps/ui": "None"}


def test_a_repo_without_commits_and_one_without_the_setting_are_told(tmp_path: Path) -> None:
    empty = make_repo(tmp_path / "empty", config=CONFIG, commit=False)
    make_runnable_dir(empty, API)
    with pytest.raises(HelpersError, match="there is no commit yet"):
        versions(empty)
    plain = make_repo(tmp_path / "plain")
    with pytest.raises(HelpersError, match="no `release:` says"):
        released_or_told(plain, [make_runnable_dir(plain, API)])


def test_two_dirs_that_would_share_their_tags_are_refused(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", config='name: a\nrelease: {tag: "v{version}"}\n')
    dirs = [make_runnable_dir(repo, name) for name in (API, "apps/ui")]
    with pytest.raises(HelpersError, match=r"apps/api, apps/ui would have the same tags: v1\.0\.0"):
        find_released(repo, dirs)
    assert len(find_released(repo, dirs[:1])) == 1


def test_between_releases_a_wheel_is_named_by_the_last_commit_of_its_code(repo: Repo) -> None:
    def wheel() -> str:
        found = wheel_versions(repo, [API], read_repo_inputs(repo), lambda _: None)
        assert list(found) == [API]
        return found[API]

    repo = load_repo(repo.root)
    assert wheel() == "1.2.3"
    commit = change(repo, "feat: a", f"{API}/api.py")
    assert wheel() == f"1.3.0.dev0+g{commit[:12]}"
    change(repo, "feat: b", "apps/ui/ui.py")
    assert wheel() == f"1.3.0.dev0+g{commit[:12]}"
    write_files(repo.root, {"libs/lib/new.py": "1"})
    first = wheel()
    assert first.startswith(f"1.3.0.dev0+g{commit[:12]}.d")
    write_files(repo.root, {"libs/lib/new.py": "2"})
    assert wheel() not in (first, f"1.3.0.dev0+g{commit[:12]}")


def test_a_version_is_committed_once_and_counts_for_nothing(repo: Repo) -> None:
    write_files(repo.root, {f"{API}/devops/config.yaml": "release: {version_in: pyproject}\n"})
    git(repo.root, "config", "user.name", "Test")
    git(repo.root, "config", "user.email", "test@example.com")
    commit_all(repo.root, "chore: settings")
    change(repo, "feat: a", f"{API}/api.py")
    repo = load_repo(repo.root)
    dirs = find_released(repo, [repo.runnable_dir(API)])

    def commit() -> list[str]:
        inputs = read_repo_inputs(repo)
        found = next_versions(repo, dirs, inputs, lambda _: None)
        good = {name: one for name, one in found.items() if isinstance(one, NextVersion)}
        return commit_versions(repo, plan_versions(repo, dirs, good))

    write_files(repo.root, {"staged.txt": ""})
    git(repo.root, "add", "staged.txt")
    (made,) = commit()
    assert git(repo.root, "show", "--format=%B", "--name-only", made).split("\n") == [
        *("chore: version api-v1.3.0", "", "Release-Version: api-v1.3.0", "", ""),
        f"{API}/pyproject.toml",
    ]
    assert read_version(repo, API) == "1.3.0"
    assert commit() == []
    git(repo.root, "tag", "api-v1.3.0", "HEAD~1")
    assert versions(repo)[API] == "None"
    git(repo.root, "reset", "-q", "--soft", "HEAD~1")
    git(repo.root, "tag", "-d", "api-v1.3.0")
    squash = "Prices (#1)\n\n* feat: a\n\n* chore: version\n\nRelease-Version: api-v1.3.0"
    change(repo, squash, f"{API}/other.py")
    assert versions(repo)[API] == "1.3.0"


def test_a_version_that_the_user_says_is_committed_so_that_all_agrees_on_it(repo: Repo) -> None:
    write_files(repo.root, {"repo_config.yaml": "name: demo\nrelease: {version_in: pyproject}\n"})
    write_files(repo.root, {f"{API}/pyproject.toml": USES.replace("0.0.0", "1.2.3") + LINE})
    for name in ("user.name", "user.email"):
        git(repo.root, "config", name, "test")
    commit_all(repo.root, "chore: settings")
    git(repo.root, "tag", "api-v1.2.4")
    repo = load_repo(repo.root)
    dirs = find_released(repo, [repo.runnable_dir(API)])

    def found() -> NextVersion:
        one = next_versions(repo, dirs, read_repo_inputs(repo), lambda _: None)[API]
        assert isinstance(one, NextVersion)
        return one

    assert found().version is None
    wanted = meant(found(), Version(1, 4, 0))
    said = SaidVersions(project=read_version(repo, API))
    (error,) = disagreements(wanted, dirs[0].config, said)
    assert error.fix == f"i release_next --dir {API} --commit --version 1.4.0"
    (made,) = commit_versions(repo, plan_versions(repo, dirs, {API: wanted}))
    # Both `i release` and `i release --version 1.4.0` release it now.
    assert (str(found().version), found().asked_by) == ("1.4.0", made)
    assert meant(found(), Version(1, 4, 0)) == found()
    said = SaidVersions(project=read_version(repo, API))
    assert disagreements(found(), dirs[0].config, said) == []
    assert plan_versions(repo, dirs, {API: found()}) == []


def test_a_version_that_is_committed_leaves_the_lock_files_up_to_date(repo: Repo) -> None:
    root = repo.root
    write_files(root, {"repo_config.yaml": "name: demo\nrelease: {version_in: pyproject}\n"})
    project = '[project]\nname = "{}"\nversion = "1.2.3"\nrequires-python = ">=3.11"\n{}'
    uses = 'dependencies = ["api"]\n[tool.uv.sources]\napi = {path = "../api", editable = true}\n'
    build = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
    write_files(root, {f"{API}/pyproject.toml": project.format("api", build)})
    write_files(root, {"apps/ui/pyproject.toml": project.format("ui", uses)})
    for name in (API, "apps/ui"):
        run(["uv", "lock", "--quiet", "--offline"], cwd=root / name)
    for name in ("user.name", "user.email"):
        git(root, "config", name, "test")
    commit_all(root, "chore: lock")
    git(root, "tag", "api-v1.9.0")
    git(root, "tag", "ui-v1.9.0")
    change(repo, "feat: a", f"{API}/api.py")
    repo = load_repo(root)
    dirs = find_released(repo, [repo.runnable_dir(name) for name in (API, "apps/ui")])
    found = next_versions(repo, dirs, read_repo_inputs(repo), lambda _: None)
    good = {name: one for name, one in found.items() if isinstance(one, NextVersion)}
    (commit,) = commit_versions(repo, plan_versions(repo, dirs, good))
    assert git(root, "show", "--format=", "--name-only", commit).split() == [
        f"{name}/{file}" for name in (API, "apps/ui") for file in ("pyproject.toml", "uv.lock")
    ]
    for name in (API, "apps/ui"):
        run(["uv", "lock", "--check", "--quiet", "--offline"], cwd=root / name)
    assert versions(repo) == {API: "1.10.0", "apps/ui": "1.9.1"}


def test_a_version_that_cannot_be_committed_is_told_and_nothing_is_written(repo: Repo) -> None:
    change(repo, "feat: a", f"{API}/api.py")

    def refused() -> str:
        loaded = load_repo(repo.root)
        dirs = find_released(loaded, [loaded.runnable_dir(API)])
        found = next_versions(loaded, dirs, read_repo_inputs(loaded), lambda _: None)
        good = {name: one for name, one in found.items() if isinstance(one, NextVersion)}
        with pytest.raises(HelpersError) as caught:
            commit_versions(loaded, plan_versions(loaded, dirs, good))
        return caught.value.what

    assert "stands in its tags alone" in refused()
    write_files(repo.root, {f"{API}/devops/config.yaml": "release: {version_in: pyproject}\n"})
    project = repo.root / API / "pyproject.toml"
    before = project.read_text()
    hook = repo.root / ".git/hooks/pre-commit"
    write_files(repo.root, {str(hook.relative_to(repo.root)): "#!/bin/sh\nexit 1\n"})
    hook.chmod(0o755)
    assert "git" in refused()
    assert project.read_text() == before
    git(repo.root, "switch", "-q", "--detach")
    assert "no branch is checked out" in refused()
    project.write_text(f"{before}# mine\n")
    assert "changes that are not committed" in refused()
    project.write_text('[project]\nname = "api"\ndynamic = ["version"]\n')
    assert "has no version that could be written" in refused()


@pytest.mark.parametrize("seed", range(4))
def test_in_any_history_the_commits_are_those_that_git_lists(tmp_path: Path, seed: int) -> None:
    """Branches, merges and tags at random: git itself lists what is since a tag."""
    chance = random.Random(seed)
    repo = make_repo(tmp_path / "repo", config=CONFIG, commit=False)
    names = ["apps/a", "apps/b", "apps/c"]
    for name in names:
        make_runnable_dir(repo, name)
    commit_all(repo.root, "chore: begin")
    tags = dict.fromkeys(names, 0)
    for step in range(25):
        what = chance.random()
        branches = git(repo.root, "branch", "--format=%(refname:short)").split()
        if what < 0.15:
            git(repo.root, "switch", "-qc", f"b{step}")
        elif what < 0.35:
            git(repo.root, "switch", "-q", chance.choice(branches))
        elif what < 0.5:
            other = chance.choice(branches)
            git(repo.root, "merge", "-q", "--no-edit", "-X", "ours", other)
        elif what < 0.65:
            name = chance.choice(names)
            tags[name] += 1
            git(repo.root, "tag", f"{name[-1]}-v1.{tags[name]}.0")
        else:
            for name in chance.sample(names, chance.randint(1, 2)):
                write_files(repo.root, {f"{name}/f{step}.py": str(step)})
            commit_all(repo.root, chance.choice(["fix: a", "feat: b", "words"]))
    loaded = load_repo(repo.root)
    dirs = find_released(loaded, discover_dirs(loaded))
    found = next_versions(loaded, dirs, read_repo_inputs(loaded), lambda _: None)
    for name, one in found.items():
        merged = git(repo.root, "tag", "--merged", "HEAD", "--list", f"{name[-1]}-v*").split()
        last = max(merged, key=lambda tag: int(tag.split(".")[1]), default="")
        limits = [f"{last}..HEAD"] if last else ["HEAD"]
        code = [name, f":!{name}/changelog.txt", f":!{name}/devops"]
        log = git(
            repo.root, "log", "--no-merges", "--full-history", "--format=%H", *limits, "--", *code
        )
        if isinstance(one, HelpersError):
            assert "is released from another branch" in one.what
            continue
        assert (one.last.name if one.last else "") == last
        assert sorted(item.commit for item in one.counted) == sorted(log.split())
