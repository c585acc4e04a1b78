"""Compute the key of a project's metadata: with the same key they are not made again.

Of the backends that are known, it is known which files they read. Of what else takes part in a
build (a `setup.py` that computes, a hook, another backend) it is not: then every file counts.
"""

import ast
import fnmatch
import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.images.installed.projects import SETUP_CFG, SETUP_PY, Project
from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.toml_values import table
from helpers.model.names import digest_of
from helpers.model.runnable_dir import DEVOPS, path_below, path_inside
from helpers.system.process import ProcessError
from helpers.vcs.git import git

_FORMAT = 1
_KNOWN_BACKENDS = frozenset(
    {
        *("flit_core.buildapi", "flit.buildapi", "hatchling.build", "hatchling.ouroboros"),
        *("setuptools.build_meta", "setuptools.build_meta:__legacy__"),
        *("poetry.core.masonry.api", "poetry_dynamic_versioning.backend"),
        *("pdm.backend", "pdm.pep517.api", "uv_build"),
    }
)
_KNOWN_HOOKS = frozenset({"vcs", "version", "fancy-pypi-readme", "requirements_txt"})
# A project that takes its version from git has one of these words in its settings.
_ASKS_GIT = re.compile(r"\b(\w*scm\w*|\w*vcs\w*|\w*git\w*|versioneer|dunamai|pbr|dynamic.version)")
_TOP_FILES = (
    *("readme*", "licen[cs]e*", "copying*", "notice*", "authors*", "version*", "manifest.in"),
    *("*.toml", "*.cfg", "*.ini", "setup.py", "pkg-info"),
)
_VERSION_FILE = re.compile(r"^__init__\.py$|version|about")
_NO_CODE = frozenset({"tests", "test", "docs", DEVOPS})
_TOKEN = re.compile(r"[\w@.+-]*(?:/[\w@.+-]+)*")
_ATTR = re.compile(r"attr\s*[:=]\s*[\"']?([\w.:]+)")
_LITERAL = r"^{name}\s*(?::[^=\n]*)?=\s*[\"'(\[\d]"


def project_key(inputs: RepoInputs, project: Project, python: str) -> str:
    """The hash of everything that a project's metadata depends on."""
    parts = {
        "format": _FORMAT,
        "root": str(inputs.repo.root),
        "place": project.place,
        "python": python,
        "files": _content(inputs, _files_read(inputs, project)),
        "layout": _layout(inputs, project.place),
        "git": git_state(inputs, project),
    }
    return _digest(parts)


def installed_state(inputs: RepoInputs, projects: Iterable[Project]) -> str:
    """The hash of the metadata that tests see; the content of the dir's inputs is not in it."""
    found = []
    for project in projects:
        if project.backend:
            named = {path for path in _named(inputs, project) if not _below(path, project.place)}
            found.append([project.place, git_state(inputs, project), _content(inputs, named)])
    return _digest(found) if any(state or files for _, state, files in found) else ""


def asks_git(project: Project) -> bool:
    """Whether its version may come from git."""
    return bool(_ASKS_GIT.search("\n".join(project.texts.values())))


def git_state(inputs: RepoInputs, project: Project) -> str:
    """The commit, the tags and whether files changed; empty where no version comes from git."""
    if not asks_git(project):
        return ""
    folder = inputs.repo.root / project.place
    checkout = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)
    if checkout not in inputs.git_states:
        inputs.git_states[checkout] = _git_state(checkout)
    return inputs.git_states[checkout]


def _git_state(folder: Path) -> str:
    try:
        with ThreadPoolExecutor(1) as beside:
            refs = ("for-each-ref", "--format=%(refname) %(objectname)", "refs/tags")
            listed = beside.submit(git, folder, *refs)
            commit = git(folder, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
            tags = listed.result()
    except ProcessError:
        return "none"
    # The version of uncommitted work contains the date.
    day = datetime.now(UTC).date().isoformat() if commit.strip().endswith("-dirty") else ""
    return f"{commit}\n{tags}\n{day}"


def _files_read(inputs: RepoInputs, project: Project) -> set[str]:
    below = inputs.tree.below(project.place)
    named = _named(inputs, project)
    if not _is_known(inputs, project):
        return {*below, *named}
    for path in below:
        folder, _, name = path_inside(project.place, path).rpartition("/")
        if not folder and _matches(name.lower(), _TOP_FILES):
            named.add(path)
    return named | (_version_files(inputs, project) if _is_dynamic(project) else set())


def _is_known(inputs: RepoInputs, project: Project) -> bool:
    """Whether we know all files that the build reads."""
    tool = table(project.content, "tool")
    if project.backend not in _KNOWN_BACKENDS:
        return False
    if table(project.content, "build-system").get("backend-path"):
        return False
    if not _hatch_is_known(table(tool, "hatch")) or table(tool, "pdm", "build").get("custom-hook"):
        return False
    if table(tool, "pdm", "version").get("source") == "call":
        return False
    if table(tool, "poetry").get("build") or _has(inputs, project, "pdm_build.py"):
        return False
    if SETUP_PY in project.texts and not _is_plain(project.texts[SETUP_PY]):
        return False
    return _has_literal_version(inputs, project)


def _hatch_is_known(hatch: Mapping[str, Any]) -> bool:
    build, source = table(hatch, "build"), table(hatch, "version").get("source", "regex")
    hooks = {*table(build, "hooks"), *table(hatch, "metadata", "hooks")}
    for target in table(build, "targets"):
        hooks |= {*table(build, "targets", target, "hooks")}
    return hooks <= _KNOWN_HOOKS and source in ("regex", "vcs")


def _is_plain(setup_py: str) -> bool:
    """Whether a `setup.py` computes nothing: it calls `setup` with what is written there."""
    try:
        statements = ast.parse(setup_py).body
    except (SyntaxError, ValueError, RecursionError):
        return False
    for one in statements:
        if isinstance(one, ast.ImportFrom) and one.module == "setuptools":
            continue
        if isinstance(one, ast.Import) and all(name.name == "setuptools" for name in one.names):
            continue
        is_text = isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
        if not is_text and not (isinstance(one, ast.Expr) and _is_plain_call(one.value)):
            return False
    return True


def _is_plain_call(call: ast.expr) -> bool:
    if not isinstance(call, ast.Call) or call.args:
        return False
    if ast.unparse(call.func).removeprefix("setuptools.") != "setup":
        return False
    for argument in call.keywords:
        value = argument.value
        if isinstance(value, ast.Call):
            name = ast.unparse(value.func).removeprefix("setuptools.")
            if name not in ("find_packages", "find_namespace_packages"):
                return False
            given = [*value.args, *(one.value for one in value.keywords)]
        else:
            given = [value]
        if not all(_is_literal(one) for one in given):
            return False
    return True


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


def _is_dynamic(project: Project) -> bool:
    """Whether the build takes anything from the code, such as the version."""
    dynamic = table(project.content, "project").get("dynamic")
    flit = table(project.content, "tool", "flit", "metadata")
    return bool(dynamic or flit or _ATTR.search("\n".join(project.texts.values())))


def _has_literal_version(inputs: RepoInputs, project: Project) -> bool:
    """Whether the version stands in the code as a literal; else the backend runs the code."""
    names = [found.rpartition(".")[2] for found in _attributes(project)]
    dynamic = table(project.content, "project").get("dynamic") or ()
    if project.backend.startswith("flit") and ("version" in dynamic or not names):
        wants = "version" in dynamic or bool(table(project.content, "tool", "flit", "metadata"))
        names = ["__version__"] if wants else []
    if not names:
        return True
    texts = [_text(inputs, path) for path in _version_files(inputs, project)]
    return all(
        any(re.search(_LITERAL.format(name=re.escape(name)), text, re.MULTILINE) for text in texts)
        for name in names
    )


def _attributes(project: Project) -> list[str]:
    found = table(project.content, "tool", "setuptools", "dynamic")
    told = [str(one["attr"]) for one in found.values() if isinstance(one, dict) and "attr" in one]
    return told + _ATTR.findall(project.texts.get(SETUP_CFG, ""))


def _version_files(inputs: RepoInputs, project: Project) -> set[str]:
    """Files of the packages from which versions and descriptions are taken."""
    attributes = {one.replace(":", ".").rpartition(".")[0] for one in _attributes(project)}
    modules = tuple(f"/{one.replace('.', '/')}" for one in attributes if one)
    found = set()
    for path in inputs.tree.below(project.place):
        inside = path_inside(project.place, path)
        if modules and f"/{path}".removesuffix(".py").removesuffix("/__init__").endswith(modules):
            found.add(path)
        elif inside.count("/") <= (2 if inside.startswith("src/") else 1):
            name = inside.rpartition("/")[2].lower()
            top = name.endswith(".py") and "/" not in inside.removeprefix("src/")
            if (top or _VERSION_FILE.search(name)) and not _NO_CODE & set(inside.split("/")):
                found.add(path)
    return found


def _named(inputs: RepoInputs, project: Project) -> set[str]:
    """The files that its settings name, wherever in the repo they are."""
    words = set(_strings(project.content))
    for name in (SETUP_PY, SETUP_CFG):
        words.update(_TOKEN.findall(project.texts.get(name, "")))
    paths = (posixpath.normpath(path_below(project.place, word)) for word in words if word)
    own = (path_below(project.place, name) for name in (PROJECT, SETUP_PY, SETUP_CFG))
    return {path for path in (*paths, *own) if path in inputs.snapshot}


def _strings(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for one in content.values():
            yield from _strings(one)
    elif isinstance(content, list):
        for one in content:
            yield from _strings(one)


def _layout(inputs: RepoInputs, place: str) -> list[str]:
    """Folders of code, and the names of what lies at the top: editable installs name them."""
    found = set()
    for path in inputs.tree.below(place):
        if path.endswith(".py"):
            inside = path_inside(place, path)
            folder = inside.rpartition("/")[0]
            found.add(inside if folder in ("", "src") else folder)
    return sorted(one for one in found if not _NO_CODE & set(one.split("/")))


def _content(inputs: RepoInputs, paths: Iterable[str]) -> list[list[str]]:
    return [[path, inputs.snapshot[path]] for path in sorted(paths)]


def _has(inputs: RepoInputs, project: Project, name: str) -> bool:
    return path_below(project.place, name) in inputs.snapshot


def _text(inputs: RepoInputs, path: str) -> str:
    try:
        return (inputs.repo.root / path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _below(path: str, place: str) -> bool:
    return place == "." or path.startswith(f"{place}/")


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return digest_of(text, 32)
