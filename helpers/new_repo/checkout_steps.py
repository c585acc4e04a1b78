"""The steps that make a checkout: its folder, git, the toolchain as a submodule, a commit."""

import shutil
from collections.abc import Callable

from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.new_repo.request import MAIN, SUBMODULE, NewRepo
from helpers.new_repo.steps import Step
from helpers.system.lease import WORKING_FOLDER
from helpers.system.process import run
from helpers.vcs.files import ignored
from helpers.vcs.git import git
from helpers.vcs.no_questions import ENVIRONMENT
from helpers.vcs.refs import find_commit
from helpers.vcs.submodules import recorded_in_index

_MESSAGE = "feat: begin {name}"


def checkout_steps(new: NewRepo, begin_beside: Callable[[], None]) -> tuple[Step, ...]:
    """The first three steps.

    Args:
        begin_beside: begins what goes on while the toolchain is cloned.
    """
    return (
        Step("folder", str(new.root), new.root.is_dir, lambda: _make_folder(new)),
        Step("git", f"a git repo, its branch {MAIN}", lambda: new.is_repo, lambda: _init(new)),
        Step(
            "toolchain",
            f"the submodule {SUBMODULE} of {new.url or '(no remote)'}, at {new.commit[:12]}",
            lambda: new.has_commit or _has_submodule(new),
            lambda: _add_submodule(new, begin_beside),
        ),
    )


def commit_step(new: NewRepo) -> Step:
    """The first commit, of all that was made."""
    message = _MESSAGE.format(name=new.names.repo)
    return Step(
        "first commit",
        f"{message!r} on {MAIN}",
        lambda: new.has_commit,
        lambda: _commit(new, message),
    )


def check_folder(new: NewRepo) -> None:
    """Make sure that the folder can become the repo, or is what an earlier run made of it.

    Raises:
        HelpersError: something else is in it.
    """
    root = new.root
    if not root.exists():
        _check_outside(new)
        return
    if not root.is_dir():
        raise HelpersError("it is a file", where=str(root), fix="--into another folder")
    if not any(root.iterdir()):
        _check_outside(new)
        return
    fix = "--into a folder that is empty or not there"
    if not new.is_repo:
        raise HelpersError(
            "the folder has files, and is no repo that this command began", where=str(root), fix=fix
        )
    settings = new.loaded().config.name
    begun = new.has_commit or any(item.name != ".git" for item in root.iterdir())
    if settings != new.names.repo or (begun and not _is_ours(new)):
        raise HelpersError(
            f"the folder has another repo than {new.names.repo}",
            where=f"{root}: {settings}" if settings != new.names.repo else str(root),
            fix=fix,
        )


def _check_outside(new: NewRepo) -> None:
    """A repo within another's checkout would be neither that one's nor a submodule of it.

    Raises:
        HelpersError: it would be within one that does not ignore it.
    """
    above = next(folder for folder in new.root.parents if folder.exists())
    around = next((one for one in (above, *above.parents) if (one / ".git").exists()), None)
    if around and not ignored(around, [str(new.root)]):
        raise HelpersError(
            "the folder is within another repo, which would see the new one as its files",
            where=str(around),
            fix=f"--into {quoted(around.parent / new.names.repo)}",
        )


def _is_ours(new: NewRepo) -> bool:
    """Whether there is the submodule, or what an interrupted run left of it."""
    if recorded_in_index(new.root).get(SUBMODULE):
        return True
    names = {item.name for item in new.root.iterdir()}
    return not new.has_commit and names <= {".git", ".gitmodules", SUBMODULE, WORKING_FOLDER}


def _make_folder(new: NewRepo) -> None:
    new.root.mkdir(parents=True)


def _init(new: NewRepo) -> None:
    run(["git", "init", "--quiet", f"--initial-branch={MAIN}"], cwd=new.root)


def _has_submodule(new: NewRepo) -> bool:
    there = (new.root / SUBMODULE / ".git").exists()
    return there and bool(recorded_in_index(new.root).get(SUBMODULE))


def _add_submodule(new: NewRepo, begin_beside: Callable[[], None]) -> None:
    root = new.root
    begin_beside()
    if not recorded_in_index(root).get(SUBMODULE):
        # Of a clone that was cut off git makes nothing; nothing of it is anybody's work.
        shutil.rmtree(root / SUBMODULE, ignore_errors=True)
        clones = root / git(root, "rev-parse", "--git-path", "modules").strip()
        shutil.rmtree(clones / SUBMODULE, ignore_errors=True)
        _ask(new, "submodule", "--quiet", "add", "--force", "--", new.url, SUBMODULE)
    else:
        _ask(new, "submodule", "--quiet", "update", "--init", "--", SUBMODULE)
    clone = root / SUBMODULE
    if not find_commit(clone, new.commit):
        raise HelpersError(
            f"the toolchain that runs is at {new.commit[:12]}, which its remote lacks",
            where=new.url,
            fix=f"git -C {quoted(new.toolchain)} push",
        )
    if find_commit(clone) == new.commit:
        # All files are there: a checkout would look at each of them once more.
        run(["git", "update-ref", "--no-deref", "HEAD", new.commit], cwd=clone)
        return
    run(["git", "checkout", "--quiet", "--detach", new.commit], cwd=clone)
    run(["git", "add", "--", SUBMODULE], cwd=root)


def _ask(new: NewRepo, *words: str) -> None:
    """Let git ask the remote; a person at a terminal may be asked for a password."""
    run(["git", *words], cwd=new.root, env={} if new.host.is_terminal else ENVIRONMENT)


def stage_all(new: NewRepo) -> None:
    """Have git look at all that is there; what it saw once it need not read again."""
    run(["git", "add", "--all"], cwd=new.root)


def _commit(new: NewRepo, message: str) -> None:
    stage_all(new)
    run(["git", "commit", "--quiet", "--message", message], cwd=new.root)
