"""Hooks are installed beside those that a user has, and taken away without a trace."""

from pathlib import Path

import pytest

from helpers.checkouts.hooks import HookAction, carry_out, hook_text, plan_install, plan_remove
from helpers.model.repo import Repo
from helpers.system.process import ProcessError, run
from tests.builders import add_submodule, commit_all, git, make_repo, write_files

pytestmark = pytest.mark.slow

_OWN = '#!/bin/sh\necho "own hook: $1" >&2\ncat >&2\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repo with a remote and a submodule with a space in its path."""
    inner = make_repo(tmp_path / "inner").root
    made = make_repo(tmp_path / "repo")
    add_submodule(made.root, "in ner", inner)
    git(tmp_path, "clone", "--quiet", "--bare", "repo", "repo.git")
    git(made.root, "remote", "add", "origin", str(tmp_path / "repo.git"))
    git(made.root, "fetch", "--quiet", "origin")
    return made


def _hook(repo: Repo) -> Path:
    return repo.root / ".git" / "hooks" / "pre-push"


def _write_own(path: Path, text: str = _OWN) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def _install(repo: Repo) -> list[HookAction]:
    plans = plan_install(repo)
    carry_out(plans)
    return [plan.action for plan in plans]


def _remove(repo: Repo) -> list[HookAction]:
    plans = plan_remove(repo)
    carry_out(plans)
    return [plan.action for plan in plans]


def _files(repo: Repo) -> dict[str, tuple[bytes, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mode)
        for folder in (repo.root / ".git" / "hooks", repo.root / ".git/modules/in ner/hooks")
        for path in folder.glob("pre-push*")
    }


def _push(repo: Repo) -> str:
    commit_all(repo.root)
    settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    return run(["git", "push", "origin", "main"], cwd=repo.root, env=settings).stderr


def test_the_repo_and_its_submodules_get_the_hook(repo: Repo) -> None:
    plans = plan_install(repo)
    assert [(plan.checkout, plan.action) for plan in plans] == [
        (".", HookAction.INSTALL),
        ("in ner", HookAction.INSTALL),
    ]
    carry_out(plans)
    inner = repo.root / ".git" / "modules" / "in ner" / "hooks" / "pre-push"
    assert inner.read_text() == _hook(repo).read_text() == hook_text(repo)
    assert _hook(repo).stat().st_mode & 0o111 == 0o111


def test_planning_changes_nothing(repo: Repo) -> None:
    before = _files(repo)
    plan_install(repo)
    plan_remove(repo)
    assert _files(repo) == before


def test_twice_is_as_once(repo: Repo) -> None:
    _install(repo)
    before = _files(repo)
    assert _install(repo) == [HookAction.KEEP] * 2
    assert _files(repo) == before


def test_an_older_hook_of_ours_is_brought_up_to_date(repo: Repo) -> None:
    _install(repo)
    _hook(repo).write_text(hook_text(repo) + "# older\n")
    assert _install(repo) == [HookAction.UPDATE, HookAction.KEEP]
    assert _hook(repo).read_text() == hook_text(repo)


def test_a_hook_of_the_users_is_kept_and_run_with_what_git_says(repo: Repo) -> None:
    _write_own(_hook(repo))
    assert _install(repo) == [HookAction.CHAIN, HookAction.INSTALL]
    said = _push(repo)
    assert "own hook: origin" in said
    assert "refs/heads/main" in said


def test_a_hook_of_the_users_may_still_refuse(repo: Repo) -> None:
    _write_own(_hook(repo), "#!/bin/sh\nexit 1\n")
    _install(repo)
    with pytest.raises(ProcessError):
        _push(repo)


def test_a_hook_that_was_switched_off_stays_so(repo: Repo) -> None:
    _write_own(_hook(repo))
    _hook(repo).chmod(0o644)
    _install(repo)
    assert "own hook" not in _push(repo)


def test_a_hook_that_is_a_link_or_no_text_is_kept(repo: Repo) -> None:
    write_files(repo.root, {"scripts/hook": _OWN})
    (repo.root / "scripts" / "hook").chmod(0o755)
    _hook(repo).parent.mkdir(exist_ok=True)
    _hook(repo).symlink_to("../../scripts/hook")
    inner = repo.root / ".git" / "modules" / "in ner" / "hooks" / "pre-push"
    inner.parent.mkdir(exist_ok=True)
    inner.write_bytes(b"\x7fELF\xff\xfe")
    assert _install(repo) == [HookAction.CHAIN] * 2
    assert "own hook" in _push(repo)
    assert (repo.root / "scripts" / "hook").read_text() == _OWN
    assert _remove(repo) == [HookAction.RESTORE] * 2
    assert _hook(repo).is_symlink()
    assert inner.read_bytes() == b"\x7fELF\xff\xfe"


def test_removed_is_as_never_installed(repo: Repo) -> None:
    _write_own(_hook(repo))
    before = _files(repo)
    _install(repo)
    assert _files(repo) != before
    assert _remove(repo) == [HookAction.RESTORE, HookAction.REMOVE]
    assert _files(repo) == before
    assert _remove(repo) == [HookAction.ABSENT] * 2
    assert _files(repo) == before


def test_an_interrupted_installation_is_completed(repo: Repo) -> None:
    _write_own(_hook(repo))
    _hook(repo).rename(_hook(repo).with_name("pre-push.before-helpers"))
    assert _install(repo)[0] is HookAction.INSTALL
    assert "own hook" in _push(repo)
    assert _remove(repo)[0] is HookAction.RESTORE
    assert _hook(repo).read_text() == _OWN


def test_two_hooks_of_the_users_are_left_alone(repo: Repo) -> None:
    _write_own(_hook(repo))
    _install(repo)
    _write_own(_hook(repo), "#!/bin/sh\n# another\n")
    plan = plan_install(repo)[0]
    assert plan.action is HookAction.SKIP
    assert "two hooks of your own" in plan.why
    carry_out([plan])
    assert _hook(repo).read_text() == "#!/bin/sh\n# another\n"


def test_a_hook_of_ours_that_pre_commit_moved_aside_counts(repo: Repo) -> None:
    _install(repo)
    legacy = _hook(repo).with_name("pre-push.legacy")
    _hook(repo).rename(legacy)
    _write_own(_hook(repo), f'#!/bin/sh\nexec "{legacy}" "$@"\n')
    assert _install(repo)[0] is HookAction.KEEP
    assert _remove(repo)[0] is HookAction.REMOVE
    assert not legacy.exists()
    assert _hook(repo).exists()


def test_a_folder_of_hooks_that_the_repo_names_is_used(repo: Repo) -> None:
    git(repo.root, "config", "core.hooksPath", "my hooks")
    plans = plan_install(repo)
    assert plans[0].file == repo.root / "my hooks" / "pre-push"
    carry_out(plans)
    (repo.root / ".gitignore").write_text("my hooks/\n")
    _write_own(repo.root / "my hooks" / "pre-push.before-helpers")
    assert "own hook" in _push(repo)


def test_a_hook_that_is_a_file_of_the_repo_is_not_moved(repo: Repo) -> None:
    git(repo.root, "config", "core.hooksPath", "hooks")
    write_files(repo.root, {"hooks/pre-push": _OWN})
    commit_all(repo.root)
    plan = plan_install(repo)[0]
    assert plan.action is HookAction.SKIP
    assert 'pre_push.py "$@"' in plan.fix
    carry_out([plan])
    assert git(repo.root, "status", "--porcelain") == ""


def test_a_folder_of_hooks_that_other_repos_share_is_left_alone(repo: Repo, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    git(repo.root, "config", "core.hooksPath", str(shared))
    plan = plan_install(repo)[0]
    assert plan.action is HookAction.SKIP
    assert str(repo.root / ".git" / "hooks") in plan.fix
    carry_out([plan])
    assert not shared.exists()


def test_all_worktrees_of_a_repo_share_its_hook(repo: Repo, tmp_path: Path) -> None:
    git(repo.root, "worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked", repo.toolchain, repo.config)
    assert _install(linked) == [HookAction.INSTALL]
    assert _hook(repo).is_file()
    assert _install(repo)[0] is HookAction.KEEP
