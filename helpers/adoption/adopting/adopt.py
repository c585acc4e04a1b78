"""Adopting the toolchain: what a repo gets, decided here and then written."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from helpers.adoption.adopting import merge_pre_commit, pytest_settings, shims
from helpers.adoption.adopting.record import remember
from helpers.adoption.adopting.root_project import plan_root
from helpers.managed_files.blocks import add_block
from helpers.managed_files.pre_commit_file import yaml_scalar
from helpers.managed_files.written import as_written, remove_remains, write
from helpers.model.adoption import AdoptPlan, ByHand
from helpers.model.changelog.parse import FILE_NAME as CHANGELOG
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.names import plain_letters, small_letters
from helpers.model.runnable_dir import DEVOPS, OS_PACKAGES
from helpers.model.settings.config import DEFAULT_BASE_IMAGE, parse_repo_config
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.shell_words import quoted
from helpers.system.files import read_text
from helpers.vcs.files import ignored

GITIGNORE = ".gitignore"
# What every adopting repo has, whoever wrote it.
EXPECTED = (CONFIG_FILE_NAME, shims.SETENV, shims.MAIN_PYTEST, CHANGELOG)
_IGNORED = "tmp.*/"
# What Python makes of code that is mounted, and the lines by which a repo ignores it already.
_BYTE_CODE = "__pycache__/"
_BYTE_CODE_IGNORED = {
    _BYTE_CODE,
    "__pycache__",
    "**/__pycache__/",
    "*.pyc",
    "*.py[co]",
    "*.py[cod]",
}
IGNORED_BLOCKS = (
    f"# What the toolchain (helpers) and Python make while they work.\n{_IGNORED}\n{_BYTE_CODE}\n",
    f"# What the toolchain (helpers) makes while it works.\n{_IGNORED}\n",
)
_OS_PACKAGES_TEXT = "# Debian packages that this repo's image has besides those of every image.\n"
# What becomes of a file; none: it is as it shall be.
_Planned = FileChange | ByHand | None
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class AdoptRequest:
    """How a repo adopts the toolchain.

    Attributes:
        submodule: where the toolchain is, relative to the repo's root.
        name: the repo's.
        registry: where its images go; empty: they stay on the machine.
    """

    submodule: str
    name: str
    today: date
    registry: str = ""
    base_image: str = DEFAULT_BASE_IMAGE


def default_name(root: Path) -> str:
    """A name for the repo at `root`, after its folder."""
    return _NOT_IN_NAMES.sub("_", plain_letters(root.name)).strip("_.-") or "repo"


def image_name(name: str) -> str:
    """The name of the image of a repo's root."""
    found = small_letters(name, "-") or "repo"
    # In a changelog's headings a dash with a number begins the version.
    return re.sub(r"-(?=\d)", "_", found)


def config_text(request: AdoptRequest) -> str:
    """`repo_config.yaml` for a repo that has none.

    Raises:
        HelpersError: a value is not what it must be; names the option that gives it.
    """
    lines = [f"name: {yaml_scalar(request.name)}"]
    lines += [f"registry: {yaml_scalar(request.registry)}"] if request.registry else []
    if request.base_image != DEFAULT_BASE_IMAGE:
        if not request.base_image or re.search(r"\s", request.base_image):
            raise HelpersError(
                f"{request.base_image!r} cannot be the name of an image",
                fix=f"--base-image {DEFAULT_BASE_IMAGE}",
            )
        lines.append(f"base_image: {yaml_scalar(request.base_image)}")
    text = "\n".join([*lines, ""])
    try:
        parse_repo_config(text, CONFIG_FILE_NAME)
    except HelpersError as error:
        fix = "give --name and --registry of this form"
        raise HelpersError(error.what, where=error.where, fix=fix) from error
    return text


def plan_adopt(root: Path, request: AdoptRequest) -> AdoptPlan:
    """Decide what the repo at `root` gets; nothing is written.

    Raises:
        HelpersError: the request or the repo's settings are malformed, or a file cannot be read.
    """
    config = read_text(root / CONFIG_FILE_NAME)
    text = config_text(request) if config is None else config
    image = image_name(parse_repo_config(text, CONFIG_FILE_NAME).name)
    project = plan_root(root, request.submodule, image, request.today)
    found = (
        FileChange(CONFIG_FILE_NAME, None, text) if config is None else None,
        _tasks(root, request.submodule),
        _setenv(root, request.submodule),
        _main_pytest(root, request.submodule),
        *(project.changes if project else _root_files(root, request, image)),
        _pre_commit(root, request.submodule),
        _ignored(root),
    )
    # A folder with nothing in it is what an interrupted run leaves; git does not even see it.
    occupied = any(not item.name.startswith(".") for item in (root / DEVOPS).glob("*"))
    return AdoptPlan(
        tuple(
            one
            for one in found
            if isinstance(one, FileChange) and not (occupied and one.path == OS_PACKAGES)
        ),
        tuple(one for one in found if isinstance(one, ByHand)),
        project.notices if project else (),
        bool(project and project.to_lock),
    )


def carry_out(root: Path, plan: AdoptPlan) -> None:
    """Write what was decided; what an earlier, interrupted run left half-done is put right.

    Raises:
        HelpersError: a file changed in the meantime; nothing is written then.
        OSError: a file cannot be written.
    """
    remove_remains(root, (change.path for change in plan.changes))
    files = as_written(root, plan.changes)
    remember(root, files)
    write(root, files)


def needs_writing(root: Path, plan: AdoptPlan) -> bool:
    """Whether anything is not yet as it was decided."""
    return bool(as_written(root, plan.changes))


def find_hidden(root: Path, names: Iterable[str]) -> list[ByHand]:
    """What to do about files that git ignores, so that nobody else would have them.

    Args:
        names: files that adopting wrote or will write.

    Raises:
        HelpersError: git fails.
    """
    hidden = sorted(ignored(root, names))
    if not hidden:
        return []
    why = f"it makes git ignore {', '.join(hidden)}; with these lines at its end it does not"
    return [ByHand(GITIGNORE, why, "".join(f"!/{name}\n" for name in hidden))]


def leads_into(path: Path, toolchain: Path) -> bool:
    """Whether a file is a link into the toolchain, as repos had them that adopted it by hand."""
    return path.is_symlink() and path.resolve().is_relative_to(toolchain.resolve())


def sourced_file(root: Path, submodule: str) -> str:
    """The `setenv.sh` that gives `i`, relative to the repo's root."""
    own = read_text(root / shims.SETENV)
    if own is None or shims.leads_to_setenv(own, submodule):
        return shims.SETENV
    linked = leads_into(root / shims.SETENV, root / submodule)
    return shims.SETENV if linked else f"{submodule}/{shims.SETENV}"


def tasks_file(root: Path) -> str:
    """The module that has, or will have, our tasks, relative to the repo's root."""
    own = _own_tasks(root)
    if not own:
        return shims.TASKS
    return own if shims.has_our_tasks(read_text(root / own) or "") else shims.OTHER_TASKS


def _own_tasks(root: Path) -> str:
    """The module or package of the repo's own that is called `tasks`; empty: there is none."""
    package = Path(Path(shims.TASKS).stem, "__init__.py")
    if (root / shims.TASKS).is_file():
        return shims.TASKS
    # Without an __init__.py it is a package, too, which a module of that name would hide.
    return str(package) if any((root / package.parent).glob("*.py")) else ""


def _tasks(root: Path, submodule: str) -> _Planned:
    path, own = tasks_file(root), _own_tasks(root)
    if path == own or (root / path).is_file():
        return None
    joined = own if own and shims.is_about_tasks(read_text(root / own) or "") else ""
    return FileChange(path, None, shims.tasks_text(submodule, joined))


def _setenv(root: Path, submodule: str) -> _Planned:
    after = shims.setenv_text(submodule)
    found = read_text(root / shims.SETENV)
    if found in (None, after):
        return FileChange(shims.SETENV, found, after, executable=True)
    if sourced_file(root, submodule) == shims.SETENV:
        return None
    why = (
        "it is the repo's own; with this line at its end it gives `i`, and"
        f" `source {quoted(f'{submodule}/{shims.SETENV}')}` does without it"
    )
    return ByHand(shims.SETENV, why, shims.setenv_addition(submodule))


def _main_pytest(root: Path, submodule: str) -> _Planned:
    path = shims.MAIN_PYTEST
    after = shims.main_pytest_text(submodule)
    found = read_text(root / path)
    if found in (None, after):
        return FileChange(path, found, after, executable=True)
    if shims.leads_to_main_pytest(found or "") or leads_into(root / path, root / submodule):
        return None
    why = f"it is the repo's own; ours is called as  './{submodule}/{path}'"
    return ByHand(path, why)


def _root_files(root: Path, request: AdoptRequest, image: str) -> Iterator[_Planned]:
    """What makes the root a runnable dir, with settings of pytest's."""
    entry = f"# {image}-1.0.0\n- {request.today.isoformat()}\n- First version\n"
    for path, text in ((CHANGELOG, entry), (OS_PACKAGES, _OS_PACKAGES_TEXT)):
        if read_text(root / path) is None:
            yield FileChange(path, None, text)
    yield _pytest(root, request.submodule)


def _pytest(root: Path, submodule: str) -> _Planned:
    names = (pytest_settings.PROJECT, *pytest_settings.ELSEWHERE)
    read = {name: read_text(root / name) for name in names}
    files = {name: text for name, text in read.items() if text is not None}
    if pytest_settings.has_settings(files):
        return None
    project = files.get(pytest_settings.PROJECT)
    if project is None:
        text = pytest_settings.ini_text(submodule)
        return FileChange(pytest_settings.PYTEST_INI, None, text)
    merged = pytest_settings.add_to_project(project, submodule)
    if merged is None:
        why = "settings of pytest's cannot be added to it safely; these are ours"
        addition = pytest_settings.project_block(submodule)
        return ByHand(pytest_settings.PROJECT, why, addition)
    return FileChange(pytest_settings.PROJECT, project, merged)


def _pre_commit(root: Path, submodule: str) -> _Planned:
    path = merge_pre_commit.FILE_NAME
    setenv = sourced_file(root, submodule)
    text = read_text(root / path)
    if text is None:
        return FileChange(path, None, merge_pre_commit.new_file(setenv))
    if merge_pre_commit.has_hooks(text):
        return None
    merged = merge_pre_commit.add_hooks(text, setenv)
    if merged is None:
        why = "hooks cannot be added to it safely; this item of `repos` is ours"
        return ByHand(path, why, merge_pre_commit.hooks_block(setenv))
    return FileChange(path, text, merged)


def _ignored(root: Path) -> _Planned:
    text = read_text(root / GITIGNORE)
    lines = {line.strip().removeprefix("/") for line in (text or "").splitlines()}
    if lines & {_IGNORED, _IGNORED.rstrip("/")}:
        return None
    block = IGNORED_BLOCKS[bool(lines & _BYTE_CODE_IGNORED)]
    return FileChange(GITIGNORE, text, add_block(text, block))
