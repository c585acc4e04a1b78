"""Make a runnable dir from a template."""

import shlex
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from helpers.adoption.from_template import deploying
from helpers.adoption.from_template.copier import (
    ANSWERS,
    Workbench,
    find_copier,
    read_answers,
    with_commit,
)
from helpers.adoption.from_template.package_names import QUESTION as _PACKAGE
from helpers.adoption.from_template.package_names import check_package, good_name
from helpers.adoption.from_template.source import (
    Files,
    differ_from_commit,
    newest_commit,
    present_template,
)
from helpers.adoption.new_dir_place import names_of_images
from helpers.inputs.declarations import PYPROJECT
from helpers.lockers import conda, pip
from helpers.lockers.versions import parse_versions
from helpers.managed_files.written import apply_changes
from helpers.model.changelog.parse import parse_changelog
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.file_change import FileChange
from helpers.model.images.name import plain_name
from helpers.model.packages.locked import EVERY_LOCK_FILE
from helpers.model.repo import Repo
from helpers.model.runnable_dir import CHANGELOG, RunnableDir, path_below
from helpers.system.lease import Lease, working_folder

DEFAULT_TEMPLATE = "library"
_QUESTIONS = "copier.yml"
# Every template has it; it is left out of a dir that another tool locks.
_LOCK_FILE = "poetry.lock"
# What a dir of a template is, in the sentence that describes it.
_NOUNS = {"cli": "command", "ml": "model"}


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """What is to be made.

    Attributes:
        dir: it does not exist, or is empty.
        data: answers to the template's questions, by their names.
        ask: the other questions, on the terminal; otherwise their defaults hold.
        title: what the defaults are named after; empty: the dir.
    """

    dir: RunnableDir
    template: str
    data: Mapping[str, str]
    ask: bool
    title: str = ""


@dataclass(frozen=True, slots=True)
class Creation:
    """A dir as it will be made.

    Attributes:
        changes: its files, all new; paths relative to the repo's root.
        to_lock: its dependencies are not locked yet.
        by_itself: it is locked alone; otherwise the workspace around it may be what locks it.
    """

    dir: RunnableDir
    image_name: str
    changes: tuple[FileChange, ...]
    to_lock: bool = False
    by_itself: bool = True


def plan_create(repo: Repo, request: CreateRequest, listen: Listener) -> Creation:
    """Render the template; nothing is written in the repo.

    Raises:
        HelpersError: there is no such template, an answer cannot be taken, or copier cannot be
            had.
    """
    files = present_template(repo.toolchain, request.template)
    commit = newest_commit(repo.toolchain)
    if differ_from_commit(repo.toolchain):
        text = "the toolchain's templates have changes that are in none of its commits"
        listen(Notice(f"{text}; updates start from commit {commit[:12]}"))
    _check_data(files, request.data)
    images = names_of_images(repo)
    dependencies = template_dependencies(files)
    if _PACKAGE in request.data:  # told before copier is installed and asks for the rest
        _check_package(request, request.data[_PACKAGE], dependencies)
    title = request.title or request.dir.name
    defaults = _defaults(title, request.template, images, dependencies)
    data, deployed = request.data, None
    if request.template == deploying.TEMPLATE:
        deployed = deploying.find_deployed(repo, request.dir, request.data, listen)
        data = deploying.fixed_answers(deployed, data)
        defaults |= deploying.project_defaults(repo.root, deployed, data)
    copier = find_copier(repo, listen)
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(Path(folder), copier, request.template)
        made = bench.render(files, data, defaults, ask=request.ask)
    texts = {name: content.decode() for name, content in made.items()}
    texts[ANSWERS] = with_commit(texts[ANSWERS], commit)
    answers = read_answers(texts[ANSWERS])
    _check_asked(data, answers)
    name = parse_changelog(texts[CHANGELOG], f"{request.dir.name}/{CHANGELOG}").image_name
    if deployed:
        texts[PYPROJECT] = deploying.fill_project(texts[PYPROJECT], deployed)
    else:
        _check_package(request, answers[_PACKAGE], dependencies)
    _check_image(name, images)
    changes = (
        FileChange(path_below(request.dir.name, path), None, text) for path, text in texts.items()
    )
    to_lock, by_itself = _is_unlocked(texts), deployed is None
    return Creation(request.dir, name, tuple(changes), to_lock=to_lock, by_itself=by_itself)


def question_names(template: Files) -> tuple[str, ...]:
    """What a template asks."""
    # The questions stand in their file as the answers do in theirs.
    return tuple(read_answers(template[_QUESTIONS].decode()))


def write_dir(repo: Repo, creation: Creation) -> None:
    """Write the dir in one step: it is there as a whole, or not at all.

    Raises:
        HelpersError: something was put there meanwhile.
        OSError: it cannot be written.
    """
    place = f"create-{creation.dir.slug}"
    with Lease(repo.root, place):
        staging = working_folder(repo.root) / "create" / place
        shutil.rmtree(staging, ignore_errors=True)  # of a command that was killed
        try:
            apply_changes(staging, creation.changes)
            target = creation.dir.root
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_dir() and any(target.iterdir()):
                raise HelpersError(
                    f"{creation.dir.name} was made by somebody else meanwhile",
                    where=str(target),
                    fix="look at it, then choose another directory",
                )
            (staging / creation.dir.name).rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _defaults(
    name: str, template: str, images: Mapping[str, str], dependencies: Collection[str]
) -> dict[str, str]:
    """What the dir's name suggests; an image that another dir has is named after the whole path."""
    plain = plain_name(name.rpartition("/")[2])
    if not plain:
        raise HelpersError(
            f"nothing of {name!r} may stand in the name of an image (a-z, 0-9)",
            where=name,
            fix="choose a directory whose name has Latin letters or digits",
        )
    return {
        "image_name": plain_name(name) if plain in images else plain,
        _PACKAGE: good_name(plain, template, dependencies),
        "description": f"The {_NOUNS.get(template, template)} {plain.replace('_', ' ')}.",
    }


def _check_data(files: Files, data: Mapping[str, str]) -> None:
    questions = question_names(files)
    for key in data:
        if key not in questions:
            raise HelpersError(
                f"--data {key}=...: the template has no such question",
                fix=f"its questions are {', '.join(questions)}",
            )


def _check_asked(data: Mapping[str, str], answers: Mapping[str, str]) -> None:
    """Make sure that each answer counts: some are asked of dirs of one lock tool alone."""
    for key in data.keys() - answers.keys():
        raise HelpersError(
            f"--data {key}=...: with the other answers this is not asked",
            fix=f"leave --data {key}=... out, or --data lock={conda.NAME}",
        )


def template_dependencies(files: Files) -> frozenset[str]:
    """The packages that a dir of the template installs, whichever tool locks them there."""
    return frozenset(parse_versions(_LOCK_FILE, files.get(_LOCK_FILE, b"").decode()))


def _is_unlocked(texts: Mapping[str, str]) -> bool:
    """Whether what was made asks for packages that nothing in it locks."""
    return not {*EVERY_LOCK_FILE, pip.LOCK_FILE} & texts.keys()


def _check_package(request: CreateRequest, name: str, dependencies: Collection[str]) -> None:
    check_package(name, request.template, dependencies, request.dir.name)


def _check_image(name: str, images: Mapping[str, str]) -> None:
    if name in images:
        raise HelpersError(
            f"the image {name!r} is that of {images[name]}",
            fix=f"--data image_name={shlex.quote(name)}_2, or any other name",
        )
