"""What of a repo decides about its CI, read from its files."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from helpers.ci import github, gitlab
from helpers.ci.child import MAIN, child_pipeline, main_pipeline
from helpers.ci.emitted import with_header
from helpers.ci.own_steps import read_own_steps
from helpers.ci.pipelines import CiDir, CiRepo, make_pipelines
from helpers.ci.plan import CiPlan, DirNeeds
from helpers.ci.read_settings import read_needs_of_dirs
from helpers.ci.train_gitlab import with_training
from helpers.ci.train_workflow import PATH, train_workflow
from helpers.inputs.repo_inputs import read_repo_inputs, toolchain_code
from helpers.lockers import pip
from helpers.model.errors import HelpersError
from helpers.model.packages.locked import EVERY_LOCK_FILE
from helpers.model.repo import Repo, is_inside
from helpers.model.runnable_dir import (
    ROOT,
    RunnableDir,
    relative_name,
    shown_name,
)
from helpers.model.settings.ci_config import CiConfig, Layout, Target
from helpers.system.files import read_text
from helpers.system.repo_files import read_dir_config
from helpers.training.by_comment import trained_dirs
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.submodules import checkouts

_LINTER = re.compile(r'^(name = "ruff"|ruff *==)', re.MULTILINE)


def read_ci_repo(repo: Repo, config: CiConfig) -> CiRepo:
    """All that decides about the pipelines.

    Raises:
        HelpersError: settings are malformed, or the toolchain is outside of what CI checks out.
    """
    if not repo.toolchain.is_relative_to(repo.root):
        raise HelpersError(
            "the toolchain is outside of the repo, and CI checks out the repo alone",
            where=str(repo.toolchain),
            fix="git submodule add URL_OF_THE_TOOLCHAIN helpers_root && i adopt",
        )
    toolchain = relative_name(repo.root, repo.toolchain)
    code = toolchain_code(repo) if toolchain == ROOT else (toolchain,)
    found = discover_dirs(repo)
    names = tuple(item.name for item in found)
    needs = read_needs_of_dirs(repo, config, names)
    per_dir = config.layout is Layout.PER_DIR
    released = releases(repo, found)
    indexes = repo.outermost.config.indexes.values()
    return CiRepo(
        config,
        toolchain,
        code,
        lints=ROOT in names and has_linter(repo.root),
        releases=released,
        trains=config.training is not None and bool(trained_dirs(repo)),
        own=read_own_steps(repo.root, config.target),
        dirs=_dirs(repo, config, needs) if per_dir else (),
        uploads=released and any(one.publish for one in indexes),
    )


def releases(repo: Repo, dirs: Iterable[RunnableDir]) -> bool:
    """Whether versions of code follow from the commits of this repo, and not of one in it alone.

    Raises:
        HelpersError: settings are malformed.
    """
    config = repo.outermost.config
    return any(read_dir_config(item).released(config) for item in repo.own(dirs))


def has_linter(root: Path) -> bool:
    """Whether the root's locked environment has the tool that `i lint` asks for first."""
    texts = (read_text(root / name) for name in (*EVERY_LOCK_FILE, pip.LOCK_FILE))
    return any(text and _LINTER.search(text) for text in texts)


def _dirs(repo: Repo, config: CiConfig, needs: Mapping[str, DirNeeds]) -> tuple[CiDir, ...]:
    root_name = repo.root_name(needs)
    inputs = None if config.required else read_repo_inputs(repo)
    inner = [place for place in checkouts(repo.root) if place != ROOT]

    def roots(name: str) -> tuple[str, ...]:
        found = inputs.of(name).roots if inputs else ()
        # Of a submodule a forge says only that it is at another commit.
        around = (place for root in found for place in inner if is_inside(root, place))
        return tuple(dict.fromkeys((*found, *around)))

    return tuple(
        CiDir(name, shown_name(name, root_name), one, roots(name)) for name, one in needs.items()
    )


def wanted_files(repo: Repo, config: CiConfig) -> dict[str, str]:
    """The files of CI as they are to be, by path.

    Raises:
        HelpersError: settings are malformed, or the forge does not take what they ask for.
    """
    found = read_ci_repo(repo, config)
    if config.target is Target.GITLAB:
        text = with_training(found) if found.trains else gitlab.emit(main_pipeline(found))
        return {MAIN: with_header(text)}
    texts = {one.path: github.emit(one) for one in make_pipelines(found)}
    texts |= {PATH: train_workflow(found)} if found.trains else {}
    return {path: with_header(text) for path, text in texts.items()}


def child_text(repo: Repo, config: CiConfig, plan: CiPlan, *, trunk: bool) -> str:
    """GitLab's child pipeline for a plan.

    Args:
        trunk: a branch that is tested was pushed to.

    Raises:
        HelpersError: settings are malformed.
    """
    return gitlab.emit(child_pipeline(read_ci_repo(repo, config), plan, trunk=trunk))
