"""The code of a production image that is installed from wheels: built with it, or published."""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace

from helpers.images.base.python_check import base_image_of
from helpers.images.building.plan import BuildOptions
from helpers.images.building.prod_code import INSTALLED, ProdCode
from helpers.images.building.wheels import Target
from helpers.images.installed.source import SITE
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.errors import HelpersError
from helpers.model.images.base_image import python_of
from helpers.model.images.code_kind import CodeKind
from helpers.model.runnable_dir import RunnableDir, dir_config_name, path_below
from helpers.model.settings.config import DirConfig

COPY = "--code copy"


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
                fix=f"name a module (python, -m, <module>) or a console script; or {COPY}",
            )


def _words(config: DirConfig) -> Iterator[tuple[str, str]]:
    for key in ("entrypoint", "command", "health_check"):
        yield from ((key, word) for word in getattr(config, key) if not word.startswith(("/", "-")))
