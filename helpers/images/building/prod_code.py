"""Select the files of a dir's production image: its code and what that depends on."""

import fnmatch
import functools
import json
import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from helpers.images.building.wheels import PublishedCode, WheelInputs
from helpers.images.installed.key import installed_state
from helpers.images.installed.projects import Project, plan_projects
from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers.conda_files import ASKED_FILES
from helpers.lockers.project_lockers import LOCK_FILES
from helpers.model.changelog.parse import FILE_NAME
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.inputs import DependencyKind, Inputs
from helpers.model.runnable_dir import DEVOPS, RunnableDir, path_below
from helpers.model.settings.config import DirConfig
from helpers.model.shell_words import quoted_in_dockerfile
from helpers.vcs.snapshot import copy_file

# The path of the repo's root in a production image.
ROOT = "/app"
# The folder of packages' metadata and scripts.
INSTALLED = f"{ROOT}/.installed"
# The stages that are added to the Dockerfile: the image, and what its tests run in.
PROD_IMAGE = "prod_image"
PROD_TEST = "prod_test"
_TEST_PACKAGES = "/opt/test_packages"
_KINDS = (DependencyKind.MAIN, DependencyKind.DECLARED, DependencyKind.LINK)
_FOLDERS_LEFT_OUT = frozenset({"tests", "__pycache__", ".github"})
_FILES_LEFT_OUT = (
    *("test_*.py", "*_test.py", "conftest.py", "pytest.ini", "tox.ini", ".coveragerc"),
    *(
        *LOCK_FILES,
        *ASKED_FILES,
        "requirements*.txt",
        "requirements*.in",
        "constraints*.txt",
    ),
    *(".gitignore", ".gitattributes", ".gitmodules", ".dockerignore", ".pre-commit-config.yaml"),
    *(".hadolint.yaml", ".copier-answers.yml", FILE_NAME),
)
# What research leaves behind: notebooks, made-up data, what trainings wrote.
_NOTEBOOK = ".ipynb"
_DUMMY_DATA, _ARTIFACTS = "dummy_data", "artifacts"


@dataclass(frozen=True, slots=True)
class ProdCode:
    """The code in a production image.

    Attributes:
        files: paths relative to the repo, and what the snapshot says of their content.
        folder: the dir's place in the image.
        python_path: where in the image modules are looked for.
        built: the projects that have a build backend, whose metadata it holds as well.
        state: what those depend on besides the files.
        places: the files by the place that they are of: the dir itself, or what it depends on.
        wheel: what the wheel is made from that brings the code.
        published: the published wheels that bring it; neither of both: the files are copied.
        research: files of research, which no settings bring into it: notebooks, and what is below
            `dummy_data` and `artifacts`.
    """

    files: Mapping[str, str]
    folder: str
    python_path: tuple[str, ...]
    built: tuple[Project, ...] = ()
    state: str = ""
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wheel: WheelInputs | None = None
    published: PublishedCode | None = None
    research: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Whether wheels bring it."""
        return bool(self.wheel or self.published)

    @property
    def content(self) -> str:
        """Everything that decides what the layer contains, as one text."""
        if self.wheel:
            return f"wheel {self.wheel.digest}"
        if self.published:
            return f"index {self.published}"
        found = [f"{name}\0{content}" for name, content in sorted(self.files.items())]
        return "\n".join([*found, self.state] if self.state else found)


def plan_code(inputs: RepoInputs, runnable_dir: RunnableDir, config: DirConfig) -> ProdCode:
    """Decide which files a production image of a dir holds.

    Of the dir's inputs those that its code needs: no tests, nothing of the environment or of
    research, and not what the dir's own settings exclude.
    """
    name = runnable_dir.name
    seen = code_inputs(inputs, name)
    research = tuple(path for path in seen.files if is_research(path, seen.roots))
    files = {
        path: inputs.snapshot[path]
        for path in seen.files
        if not is_left_out(path, seen.roots)
        if not _excluded(path, name, config.prod_exclude) and not inputs.repo.is_toolchain(path)
    }
    projects = plan_projects(inputs, name, seen)
    return ProdCode(
        files,
        _place(name),
        tuple(_python_path(projects, files)),
        tuple(project for project in projects if project.backend),
        installed_state(inputs, projects),
        _by_place(seen.roots, files, inputs),
        research=tuple(p for p in research if not inputs.repo.is_toolchain(p)),
    )


def code_inputs(inputs: RepoInputs, name: str) -> Inputs:
    """What a dir's code needs, among it files that no image holds; without what only tests do."""
    return inputs.graph_of(*_KINDS).inputs(name, inputs.tree)


def _by_place(
    roots: Iterable[str], files: Mapping[str, str], inputs: RepoInputs
) -> dict[str, tuple[str, ...]]:
    """The files of each root that has some; a file of two is the first one's."""
    found: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for root in roots:
        own = [path for path in inputs.tree.below(root) if path in files and path not in taken]
        if own:
            found[root] = tuple(own)
            taken.update(own)
    return found


def stage_code(repo: Path, code: ProdCode, folder: Path) -> None:
    """Copy the files to below `folder`, as the image will have them.

    Raises:
        HelpersError: a file changed since the snapshot was made.
        OSError: the disk is full.
    """
    for name, content in code.files.items():
        target = folder / ROOT[1:] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not copy_file(repo, name, content, target):
            raise _changed(name)
    (folder / ROOT[1:]).mkdir(parents=True, exist_ok=True)
    for below, folders, _ in os.walk(folder):
        for one in folders:
            Path(below, one).chmod(0o755)


def dockerfile_ending(code: ProdCode, config: DirConfig) -> str:
    """The last stage of a production image: its entrypoint and health check."""
    lines = [
        "",
        f"FROM prod AS {PROD_IMAGE}",
        f"ENV PYTHONPATH={quoted_in_dockerfile(':'.join(code.python_path))}",
        *([f"ENV PATH={INSTALLED}/bin:${{PATH}}"] if code.built or code.is_installed else []),
        f"WORKDIR {quoted_in_dockerfile(code.folder)}",
        f"ENTRYPOINT {json.dumps(config.entrypoint)}",
    ]
    if config.command:
        lines.append(f"CMD {json.dumps(config.command)}")
    if config.health_check:
        times = "".join(f" {_health_option(n, v)}" for n, v in sorted(config.health_times.items()))
        lines.append(f"HEALTHCHECK{times} CMD {json.dumps(config.health_check)}")
    return "\n".join([*lines, "", *_test_stage(code), ""])


def _test_stage(code: ProdCode) -> list[str]:
    """A stage above the production image that adds what tests need."""
    path = ":".join((*code.python_path, _TEST_PACKAGES))
    return [
        f"FROM {PROD_IMAGE} AS {PROD_TEST}",
        "USER root",
        "COPY --link --from=test_packages /made/layer/ /",
        f"ENV PYTHONPATH={quoted_in_dockerfile(path)}",
        "ENTRYPOINT []",
        "HEALTHCHECK NONE",
    ]


def is_left_out(path: str, roots: Sequence[str]) -> bool:
    """Whether no image holds a file of one of these places.

    That is a test, or of the environment, or of research.
    """
    if is_research(path, roots):
        return True
    *folders, file = path.split("/")
    if not _FOLDERS_LEFT_OUT.isdisjoint(folders) or path.startswith(_devops_of(tuple(roots))):
        return True
    return bool(_files_left_out().match(file))


def is_research(path: str, roots: Sequence[str] = ()) -> bool:
    """Whether a file is a notebook, made-up data, or what a training wrote.

    A folder `artifacts` is one of trainings at the top of a place alone: elsewhere it is a module.
    """
    if path.endswith(_NOTEBOOK):
        return True
    # Most files have neither word in their path.
    if _DUMMY_DATA in path and _DUMMY_DATA in path.split("/")[:-1]:
        return True
    return _ARTIFACTS in path and path.startswith(_artifacts_of(tuple(roots)))


@functools.cache
def _artifacts_of(roots: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{path_below(root, _ARTIFACTS)}/" for root in roots)


@functools.cache
def _devops_of(roots: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{path_below(root, DEVOPS)}/" for root in roots)


@functools.cache
def _files_left_out() -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, _FILES_LEFT_OUT)))


def _excluded(path: str, name: str, patterns: Sequence[str]) -> bool:
    """Whether the dir's own settings exclude a file; patterns are relative to the dir."""
    if not patterns:
        return False
    below = path if name == "." else posixpath.relpath(path, name)
    return any(
        fnmatch.fnmatchcase(below, pattern) or below.startswith(f"{pattern.rstrip('/')}/")
        for pattern in patterns
    )


def _python_path(projects: Sequence[Project], files: Mapping[str, str]) -> Iterator[str]:
    """The folders with modules of the dir and its dependencies, and the one with metadata."""
    found: dict[str, None] = {}
    for project in projects:
        for folder in (*project.folders, *project.outside):
            if folder == project.place or any(path.startswith(f"{folder}/") for path in files):
                found.setdefault(_place(folder))
    if any(project.backend for project in projects):
        found.setdefault(f"{INSTALLED}/site")
    return iter(found)


def _place(name: str) -> str:
    return ROOT if name == "." else f"{ROOT}/{name}"


def _health_option(name: str, value: int) -> str:
    return f"--{name.replace('_', '-')}={value}{'' if name == 'retries' else 's'}"


def _changed(name: str) -> HelpersError:
    return HelpersError(f"{name} changed while it was copied", where=name, fix="build again")
