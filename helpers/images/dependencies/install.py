"""The job that makes a dir's `.venv` on the host: what its lock says, and packages by path.

The lock is exported in a container of the dir's builder image, which sees the project's files and
nothing else, as builds do. Metadata and paths of the code are those that containers get: the repo
has the same path on both sides, and nothing is written beside the code.
"""

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any

from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.images.dependencies.builder_image import ensure_builder_image, plan_builder_image
from helpers.images.installed.ensure import Installed, ensure_installed
from helpers.images.installed.projects import plan_projects
from helpers.images.installed.source import BIN, SITE, Source
from helpers.images.installing.builder_container import builder_container
from helpers.images.installing.install_settings import install_variables
from helpers.images.installing.working_copy import WorkingCopy
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.lockers.all_lockers import PROJECT, dev_options, read_locked
from helpers.lockers.commands import export_command
from helpers.lockers.host_environment import FOLDER, Installer, Wanted, interpreters, wanted_of
from helpers.lockers.locked import Locked
from helpers.lockers.project_lockers import LOCK_FILES, PROJECT_LOCKERS
from helpers.lockers.required_python import Required, read_required
from helpers.lockers.stale import check_compiled
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import BuildStep, Listener
from helpers.model.names import digest_of
from helpers.model.packages.locked import HostEnvironment
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_option
from helpers.model.shell_words import quoted
from helpers.system.files import write_atomic
from helpers.system.host import Host
from helpers.system.lease import Lease, working_folder
from helpers.system.process import ProcessError, run
from helpers.system.repo_files import read_dir_config
from helpers.vcs.worktree import git_folders

_RECORD = "helpers.json"
_PLACEHOLDER = b"#!@python@"
_SHOWN_LINES = 15
_ASK = """
import json, platform, sys, sysconfig
print(json.dumps([platform.python_version(), *map(sysconfig.get_path, ("purelib", "scripts"))]))
"""


@dataclass(frozen=True)
class Installing:
    """One dir whose environment is made."""

    repo: Repo
    runnable_dir: RunnableDir
    host: Host
    listen: Listener
    inputs: RepoInputs = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", read_repo_inputs(self.repo))

    @cached_property
    def client(self) -> Client:
        """The engine, for a dir that needs it."""
        return Client(find_endpoint(self.host.environment))

    @cached_property
    def image(self) -> str:
        """The id of the dir's builder image, built where it is missing."""
        repo, host = self.repo, self.host
        plan = plan_builder_image(repo, self.runnable_dir, host, host.platform)
        return ensure_builder_image(repo, plan, host, self.client, self.listen)


def why_skipped(runnable_dir: RunnableDir) -> str:
    """Why a dir has nothing to install; empty: it has."""
    names = (PROJECT, "setup.py", "requirements.txt", "requirements.in", *LOCK_FILES)
    if any((runnable_dir.root / name).is_file() for name in names):
        return ""
    return f"it has no {PROJECT}, no requirements and no lock file"


def install_dir(
    repo: Repo, runnable_dir: RunnableDir, host: Host, listen: Listener
) -> HostEnvironment:
    """Make the dir's `.venv`, or bring it up to date; what a person added to it stays.

    Raises:
        HelpersError: nothing is locked, the lock is out of date, no Python fits, or an installer
            failed. The environment then says of itself that it is not complete.
    """
    locked = read_locked(runnable_dir.root)
    if locked.sets_variables:
        raise HelpersError(
            f"{runnable_dir.name} is locked by {locked.locker}: its packages are for its container"
            " alone, and nothing is installed on this machine",
            where=str(runnable_dir.root),
            fix=f"i docker_bash {dir_option(runnable_dir.name)}",
        )
    check_compiled(runnable_dir.root, runnable_dir.name)
    work = Installing(repo, runnable_dir, host, listen)
    with Lease(repo.root, f"host-{digest_of(str(runnable_dir.root), 16)}"):
        wanted = wanted_of(locked, _exported(work, locked), runnable_dir.root)
        return _install(work, wanted, _code(work))


def _code(work: Installing) -> Installed:
    """What installing the dir's own code, and that of its packages by path, would bring."""
    built = any(one.backend for one in plan_projects(work.inputs, work.runnable_dir.name))
    source = Source(
        work.inputs,
        work.runnable_dir,
        work.host,
        work.client,
        work.image if built else "",
        git_folders(work.repo.of(work.runnable_dir.name).root),
    )
    return ensure_installed(source, work.listen)


# --- The lock -----------------------------------------------------------------------------------


def _exported(work: Installing, locked: Locked) -> str:
    """What the dir locks, as requirements; empty where no tool has to say it.

    Raises:
        HelpersError: the lock file is out of date.
    """
    item = work.runnable_dir
    config = read_dir_config(item)
    command = export_command(locked, dev_options(locked, config.extras, config.groups))
    if not command:
        return ""
    texts = locked.files or {name: _text(item.root / name) for name in _files_of(locked)}
    what = "export of the lock file"
    with tempfile.TemporaryDirectory(dir=working_folder(work.repo.root)) as folder:
        copy = _alone(work, Path(folder), texts)
        with builder_container(work.repo, copy, work.host, work.client, work.image) as container:
            work.listen(BuildStep(item.name, what))
            try:
                done = container.run(command, lambda: False)
            finally:
                work.listen(BuildStep(item.name, what, ended=True))
    if not done.status:
        return done.stdout
    if any(one.STALE in line for one in PROJECT_LOCKERS for line in done.lines):
        raise HelpersError(
            f"the lock file does not match {PROJECT}; nothing is installed",
            where=str(item.root),
            fix=f"i dependency_lock {dir_option(item.name)}",
        )
    raise HelpersError(
        f"the lock file cannot be exported (status {done.status}); nothing is installed",
        where="\n".join([item.name, *done.lines[-_SHOWN_LINES:]]),
        fix=f"correct what it names, or i dependency_lock {dir_option(item.name)}",
    )


def _files_of(locked: Locked) -> tuple[str, str]:
    (lock_file,) = (one.LOCK_FILE for one in PROJECT_LOCKERS if locked.locker == one.NAME)
    return PROJECT, lock_file


def _alone(work: Installing, folder: Path, texts: Mapping[str, str]) -> WorkingCopy:
    """The files at the dir's own path, and nothing else of the repo: as a build sees them."""
    root = work.runnable_dir.root
    seen = folder / "project"
    seen.mkdir()
    for name, text in texts.items():
        (seen / name).write_text(text, encoding="utf-8", newline="")
    caches = working_folder(work.repo.root) / "dependencies" / "caches"
    caches.mkdir(parents=True, exist_ok=True)
    if caches.is_relative_to(root):
        # The engine would make it, as root.
        (seen / caches.relative_to(root)).mkdir(parents=True)
    mounts = ({"Type": "bind", "Source": str(a), "Target": str(b)} for a, b in
              ((seen, root), (caches, caches)))  # fmt: skip
    return WorkingCopy(work.runnable_dir, root, seen, {}, tuple(mounts))


# --- The environment ----------------------------------------------------------------------------


def _install(work: Installing, wanted: Wanted, code: Installed) -> HostEnvironment:
    item, folder = work.runnable_dir, work.runnable_dir.root / FOLDER
    installer = Installer.find(work.host.environment.get("PATH"))
    python = folder / "bin" / "python"
    required = read_required(item.root)
    _make(work, installer, required, folder)
    version, site, scripts = _ask(python)
    record = folder / _RECORD
    before = _record(record)
    key = digest_of(json.dumps([version, dict(wanted.files), code.digest]), 32)
    others = tuple(one.place for one in plan_projects(work.inputs, item.name))[1:]
    changed = before.get("key") != key
    made = HostEnvironment(str(folder), version, len(wanted.names), others, changed)
    if not made.changed:
        return made
    # What it is at the end is not known before: an interrupt leaves it to the next command.
    write_atomic(record, json.dumps({**before, "key": ""}))
    for path in before.get("files", ()):
        (folder / path).unlink(missing_ok=True)
    # First: another package may need it still, and brings it back.
    gone = sorted(set(before.get("packages", ())) - set(wanted.names))
    if gone:
        _run_installer(work, installer.uninstall(python, gone))
    _from_index(work, installer, python, wanted)
    paths = _write_code(code, python, {SITE: Path(site), BIN: Path(scripts)}, folder)
    known = {"key": key, "packages": wanted.names, "files": paths}
    write_atomic(record, json.dumps(known))
    return made


def _make(work: Installing, installer: Installer, required: list[Required], folder: Path) -> None:
    """Make an empty environment, where there is none.

    Raises:
        HelpersError: what is there is no environment, or one of a Python that does not fit.
    """
    again = f"rm -r {quoted(folder)} && i dep {dir_option(work.runnable_dir.name)}"
    if folder.exists():
        python = folder / "bin" / "python"
        version = _version(str(python)) if (folder / "pyvenv.cfg").is_file() else ""
        if not version:
            raise HelpersError(
                f"{FOLDER} is no virtual environment whose Python runs",
                where=str(folder),
                fix=again,
            )
        unfit = [one for one in required if not one.allows(version)]
        if unfit:
            raise HelpersError(
                f"{FOLDER} has Python {version}, and {unfit[0].place} asks for {unfit[0].text}",
                where=str(folder),
                fix=again,
            )
        return
    python_ = _choose_python(work, installer, required)
    _run_installer(work, installer.make(python_, folder))
    if not (folder / ".gitignore").exists():
        write_atomic(folder / ".gitignore", "*\n")


def _choose_python(work: Installing, installer: Installer, required: list[Required]) -> str:
    own = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    for candidate in interpreters(required, installer, own):
        if "," in candidate or candidate[0] in "<>=!~":
            return candidate  # the installer looks for it
        version = _version(candidate)
        if version and all(one.allows(version) for one in required):
            return candidate
    raise HelpersError(
        f"no Python on PATH fits {required[0].place}: {required[0].text}",
        where=work.runnable_dir.name,
        fix="install uv, which gets one, or that Python, then the same command again",
    )


def _version(python: str) -> str:
    """The version of an interpreter; empty: there is none of that name, or it does not run."""
    ask = "import platform; print(platform.python_version())"
    try:
        return run([python, "-I", "-c", ask]).stdout.strip()
    except ProcessError:
        return ""


def _ask(python: Path) -> tuple[str, str, str]:
    version, site, scripts = json.loads(run([python, "-I", "-c", _ASK]).stdout)
    return version, site, scripts


def _from_index(work: Installing, installer: Installer, python: Path, wanted: Wanted) -> None:
    if not wanted.names:
        return
    if not installer.uv and run([python, "-m", "pip", "--version"], check=False).status:
        run([python, "-m", "ensurepip"])
    with tempfile.TemporaryDirectory() as made:
        for name, text in wanted.files.items():
            (Path(made) / name).write_text(text, encoding="utf-8")
        what = f"{installer.name} installs {len(wanted.names)} packages"
        work.listen(BuildStep(work.runnable_dir.name, what))
        try:
            _run_installer(work, installer.install(python, Path(made), wanted))
        finally:
            work.listen(BuildStep(work.runnable_dir.name, what, ended=True))


def _run_installer(work: Installing, command: list[str]) -> None:
    try:
        run(command, cwd=work.runnable_dir.root, env=install_variables(work.host))
    except ProcessError as error:
        raise HelpersError(
            f"{Path(command[0]).name} failed on this machine; {FOLDER} is not complete",
            where="\n".join([work.runnable_dir.name, *error.last_lines[-_SHOWN_LINES:]]),
            fix=f"correct what it names, then  i dep {dir_option(work.runnable_dir.name)};"
            " in the dir's container everything is there",
        ) from error


def _write_code(
    code: Installed, python: Path, places: Mapping[str, Path], folder: Path
) -> list[str]:
    """Write what leads to the code; the paths, relative to the environment."""
    paths = []
    for file in code.files:
        part, _, below = file.path.partition("/")
        target = places[part] / below
        content = file.content
        if part == BIN:
            content = content.replace(_PLACEHOLDER, b"#!" + os.fsencode(python), 1)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(target, content)
        target.chmod(0o755 if part == BIN else file.mode)
        paths.append(target.relative_to(folder).as_posix())
    return paths


def _record(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
