"""What a failure lacks that stands in the dir's files, and is not in its image."""

import re
from collections.abc import Iterator, Sequence

from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.beside import unread_files
from helpers.lockers.fixes import add_packages
from helpers.lockers.named import find_kind, named_lines, read_project
from helpers.lockers.optional import (
    chosen_parts,
    find_absent,
    fix_absent,
    held_names,
    read_parts,
)
from helpers.lockers.path_dependencies import main_names
from helpers.lockers.toml_values import table
from helpers.lockers.toml_values import texts as texts_of
from helpers.lockers.workspaces.polylith import find_workspace
from helpers.model.errors import HelpersError
from helpers.model.packages.python_imports import gives_module
from helpers.model.results.results import DirResult
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import DirConfig
from helpers.system.services_beside import services_beside

_MODULE = re.compile(r"No module named '?([A-Za-z_][\w.]*)'?")
# What programs say of a host that nobody knows.
_NO_HOST = re.compile(
    r"Name or service not known|Temporary failure in name resolution"
    r"|could not translate host name|nodename nor servname|getaddrinfo failed"
)
_MOST = 5


def absent_hints(
    result: DirResult, runnable_dir: RunnableDir, config: DirConfig, *, prod: bool
) -> list[str]:
    """A sentence for each package and service that a failure lacks and a file of the dir names.

    For tests of bricks the files of the workspace count as well.

    Args:
        prod: whether the tests ran in the production image.
    """
    texts = [f"{test.message}\n{test.details}" for test in result.tests if test.bad]
    texts.append(result.problem)
    modules = list(dict.fromkeys(name for text in texts for name in _MODULE.findall(text)))
    try:
        hints = list(_of_modules(modules, runnable_dir, config, prod=prod))
        hints += _of_bricks(result, runnable_dir, config, hints)
        hints += _of_services(texts, runnable_dir)
    except HelpersError:
        return []  # what is malformed is said where it is used
    return hints[:_MOST]


def how_to_add(runnable_dir: RunnableDir, package: str) -> str:
    """The command that adds a package to what a dir needs for developing.

    Raises:
        HelpersError: what it depends on cannot be read.
    """
    root = runnable_dir.root
    kind = find_kind(root, read_project(root))
    return add_packages(root, runnable_dir.name, kind, [package])


def _of_modules(
    modules: Sequence[str], runnable_dir: RunnableDir, config: DirConfig, *, prod: bool
) -> Iterator[str]:
    if not modules:
        return
    root, name = runnable_dir.root, runnable_dir.name
    absent = find_absent(root, config, prod=prod)
    content = read_project(root)
    kind = find_kind(root, content)
    held = held_names(root, kind, content, chosen_parts(kind, content, config)[0])
    unread = unread_files(root, kind, content, held)
    image = "the production image" if prod else "the image"
    for module in modules:
        package = absent.of_module(module)
        if package:
            part = absent.packages[package]
            fix = fix_absent(root, name, config, package, part, prod=prod)
            yield f"{part} alone asks for {package}, and {image} is made without it: {fix}"
            continue
        for one in unread:
            if any(gives_module(asked, module) for asked in one.packages):
                yield f"{one}: {one.fix(root, name, kind)}"


def _of_bricks(
    result: DirResult, runnable_dir: RunnableDir, config: DirConfig, told: Sequence[str]
) -> Iterator[str]:
    """What tests of bricks lack, and the workspace asks for while the dir does not.

    Args:
        told: what was said of packages that the dir's own files name.
    """
    bad = (test for test in result.tests if test.bad and test.node.startswith("../"))
    texts = [result.problem, *(f"{test.message}\n{test.details}" for test in bad)]
    modules = dict.fromkeys(name for text in texts for name in _MODULE.findall(text))
    root, name = runnable_dir.root, runnable_dir.name
    workspace = find_workspace(root, runnable_dir.repo) if modules else None
    if workspace is None:
        return
    content, around = read_project(root), read_project(workspace)
    kind = find_kind(root, content)
    held = held_names(root, kind, content, chosen_parts(kind, content, config)[0])
    asked = named_lines(texts_of(table(around, "project").get("dependencies")))
    asked |= {one: one for one in main_names(around)}
    for part in read_parts(around):
        asked = {**part.packages, **asked}
    file = (workspace / PROJECT).relative_to(runnable_dir.repo)
    for module in modules:
        for package in sorted(asked.keys() - held):
            if gives_module(package, module) and not any(package in one for one in told):
                fix = add_packages(root, name, kind, [asked[package]])
                yield f"{file} asks for {package}, and {name} does not: {fix}"


def _of_services(texts: Sequence[str], runnable_dir: RunnableDir) -> Iterator[str]:
    found = services_beside(runnable_dir.root)
    if found is None:
        return
    for text in texts:
        names = "|".join(map(re.escape, found.names))
        if _NO_HOST.search(text) and re.search(rf"(?<![\w.-])({names})(?![\w.-])", text):
            yield f"{found}: {found.fix(runnable_dir.name)}"
            return
