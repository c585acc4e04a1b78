"""The code of a production image that is installed from wheels: built with it, or published."""

import os
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from helpers.images.base.python_check import base_image_of
from helpers.images.building.plan import BuildOptions
from helpers.images.building.prod_code import INSTALLED, ProdCode, is_research
from helpers.images.building.prod_metadata import open_to_all
from helpers.images.building.under_way import Build
from helpers.images.building.wheels import Target, WantedWheel, WheelInputs
from helpers.images.installed.ensure import BIN, SITE
from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers.absent_imports import own_modules
from helpers.model.errors import HelpersError
from helpers.model.events import BuildEnded, BuildStarted, Event
from helpers.model.images.base_image import python_of
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.parts import SETTINGS
from helpers.model.names import digest_of
from helpers.model.runnable_dir import RunnableDir, dir_config_name, path_below, path_inside
from helpers.model.settings.config import DirConfig
from helpers.system.repo_files import read_dir_config

_COPY = "--code copy"


def codes(
    copied: ProdCode,
    inputs: RepoInputs,
    runnable_dir: RunnableDir,
    config: DirConfig,
    options: BuildOptions,
    platforms: Sequence[str],
) -> dict[str, ProdCode]:
    """The code for each platform, as the settings or the user say that an image has it.

    Raises:
        HelpersError: there can be no wheel of the dir, or its index lacks a published one; or the
            image is to run a file that no wheel has.
    """
    kind = options.code or config.code
    if kind is CodeKind.COPY:
        return dict.fromkeys(platforms, copied)
    _check_words(inputs, runnable_dir, config)
    wheels, name = options.wheels, runnable_dir.name
    assert wheels, "who builds production images hands in what makes wheels"
    code = replace(copied, python_path=(f"{INSTALLED}/{SITE}",), built=(), state="")
    if kind is CodeKind.WHEEL:
        made_from = wheels.inputs_of(inputs, name)
        return dict.fromkeys(platforms, replace(code, state=made_from.git, wheel=made_from))
    python = python_of(base_image_of(inputs.repo.outermost, name, config))
    if (runnable_dir.devops / "Dockerfile").is_file():
        python = ""  # which one it installs is not known
    found = {}
    for platform in platforms:
        target = Target(platform, python)
        published = wheels.find_published(inputs, name, config.index, target)
        found[platform] = replace(code, published=published)
    return found


def _check_words(inputs: RepoInputs, runnable_dir: RunnableDir, config: DirConfig) -> None:
    for key, word in _words(config):
        name = posixpath.normpath(path_below(runnable_dir.name, word))
        if name in inputs.snapshot:
            raise HelpersError(
                f"key '{key}': {word} is a file of the dir, and a wheel holds packages alone",
                where=path_below(runnable_dir.name, dir_config_name()),
                fix=f"name a module (python, -m, <module>) or a console script; or {_COPY}",
            )


def stage_wheel(build: Build, code: ProdCode, folder: Path) -> None:
    """Write what wheels install below `folder`, laid out as in the image; build what is not there.

    Raises:
        HelpersError: it cannot be built, or lacks the module that the image is to run.
        OSError: the disk is full.
    """
    plan = build.plan
    wheels = plan.options.wheels
    assert wheels, "who plans a wheel hands in what builds it"
    installed = folder / INSTALLED[1:]
    # The folder in which the image starts its program.
    (folder / code.folder[1:]).mkdir(parents=True)
    for name in (SITE, BIN):
        (installed / name).mkdir(parents=True)
    if code.published:
        wheels.install_published(code.published, build.repo, installed / SITE, installed / BIN)
    elif code.wheel:
        wheels.install(_wanted(build, code.wheel), installed / SITE, installed / BIN)
    _check_module(plan.runnable_dir, code, installed / SITE)
    _remove_research(installed / SITE)
    open_to_all(folder)


def _remove_research(site: Path) -> None:
    """Remove notebooks and made-up data, which a build backend packs as files of a package."""
    for below, _, files in os.walk(site):
        for name in files:
            path = Path(below, name)
            if is_research(path.relative_to(site).as_posix()):
                path.unlink()


def _wanted(build: Build, made_from: WheelInputs) -> WantedWheel:
    plan = build.plan
    around = digest_of(f"{plan.made_from.parts()[SETTINGS]} {build.base}", 16)

    def listen(event: Event) -> None:
        # The image that the wheel is built in is not what the user is building.
        if not isinstance(event, BuildStarted | BuildEnded):
            build.listen(event)

    return WantedWheel(build.repo, build.name, made_from, around, plan.platform, build.host, listen)


def _words(config: DirConfig) -> Iterator[tuple[str, str]]:
    for key in ("entrypoint", "command", "health_check"):
        yield from ((key, word) for word in getattr(config, key) if not word.startswith(("/", "-")))


def _check_module(runnable_dir: RunnableDir, code: ProdCode, site: Path) -> None:
    """Make sure that the wheel has the dir's own module which the image runs."""
    name = runnable_dir.name
    below = (p for p in code.files if name == "." or p.startswith(f"{name}/"))
    own = own_modules(path_inside(name, path) for path in below if path.endswith(".py"))
    words = read_dir_config(runnable_dir).entrypoint
    for option, module in pairwise(words):
        top = module.partition(".")[0]
        there = any((site / one).exists() for one in (top, f"{top}.py"))
        if option == "-m" and top in own and not there:
            then = ", and publish that as the next version" if code.published else ""
            raise HelpersError(
                f"the wheel of {name} has no module {top}, which its image is to run",
                where=path_below(name, "pyproject.toml"),
                fix=f"add {top} to the packages that its build backend packs{then}; or {_COPY}",
            )
