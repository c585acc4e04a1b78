"""Metadata, entry points and scripts of the packages in a production image.

They are what building gives, without what leads to the code on this machine: in the image
`PYTHONPATH` does that.
"""

import shutil
import stat
from pathlib import Path

from helpers.engine.containers import find_image
from helpers.images.building.prod_code import INSTALLED, ROOT, ProdCode
from helpers.images.building.under_way import Build
from helpers.images.installed.build import GENERATED
from helpers.images.installed.ensure import ensure_made
from helpers.images.installed.source import BIN, SITE, Source
from helpers.images.resolve import NoImageError, Which, choose_image
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.system.repo_files import read_changelog
from helpers.vcs.worktree import git_folders

_PLACEHOLDER, _SHEBANG = b"#!@python@", b"#!/usr/bin/env python3"
# Files of editable installs only.
_LEFT_OUT = ("direct_url.json", "RECORD", "REQUESTED")


def stage_metadata(build: Build, code: ProdCode, folder: Path) -> None:
    """Write the packages' metadata and scripts below `folder`, laid out as in the image.

    Raises:
        EngineError: the engine refused the container in which it is made.
        OSError: the disk is full.
    """
    if not code.built:
        return
    inputs, own = read_repo_inputs(build.repo.outermost), git_folders(build.repo.root)
    item, image = build.plan.runnable_dir, _image(build)
    source = Source(inputs, item, build.host, build.client, image, own)
    _, folders = ensure_made(source, code.built, build.listen)
    installed = folder / INSTALLED[1:]
    (installed / BIN).mkdir(parents=True)
    for place, made in folders.items():
        for info in sorted((made / SITE).glob("*.dist-info")):
            ignored = shutil.ignore_patterns(*_LEFT_OUT)
            shutil.copytree(info, installed / SITE / info.name, ignore=ignored, dirs_exist_ok=True)
        for script in sorted((made / BIN).glob("*")):
            target = installed / BIN / script.name
            target.write_bytes(script.read_bytes().replace(_PLACEHOLDER, _SHEBANG, 1))
        if (made / GENERATED).is_dir():
            shutil.copytree(made / GENERATED, folder / ROOT[1:] / place, dirs_exist_ok=True)
    open_to_all(folder)


def _image(build: Build) -> str:
    """An image with the dir's Python: its development image or, without one, the base image.

    Only the development image has git, from which some projects take their version.
    """
    changelog, which = read_changelog(build.plan.runnable_dir), Which(platform=build.plan.platform)
    try:
        found = choose_image(build.client, build.repo.outermost, changelog, build.host, which)
        return found.image.id
    except NoImageError:
        image = find_image(build.client, build.base)
        return image.id if image else build.base


def open_to_all(folder: Path) -> None:
    """Make all files readable for any user in the image; this user's umask does not matter."""
    root = folder / ROOT[1:]
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            script = path.parent == root.parent / INSTALLED[1:] / BIN
            runs = path.is_dir() or script or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)
