"""Install the wheel that a production image has its code from: built with it, or published."""

import os
from itertools import pairwise
from pathlib import Path

from helpers.images.building.prod_code import INSTALLED, ProdCode, is_research
from helpers.images.building.prod_metadata import open_to_all
from helpers.images.building.under_way import Build
from helpers.images.building.wheel_code import COPY
from helpers.images.building.wheels import WantedWheel, WheelInputs
from helpers.images.installed.source import BIN, SITE
from helpers.lockers.absent_imports import own_modules
from helpers.model.errors import HelpersError
from helpers.model.events import BuildEnded, BuildStarted, Event
from helpers.model.images.parts import SETTINGS
from helpers.model.names import digest_of
from helpers.model.runnable_dir import RunnableDir, path_below, path_inside
from helpers.system.repo_files import read_dir_config


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
                fix=f"add {top} to the packages that its build backend packs{then}; or {COPY}",
            )
