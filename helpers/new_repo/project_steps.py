"""The steps that fill a checkout: its root's project, adoption, licence and lock."""

from concurrent.futures import Future, ThreadPoolExecutor

from helpers.adoption.adopting.adopt import AdoptRequest, carry_out, needs_writing, plan_adopt
from helpers.adoption.adopting.shims import MAIN_PYTEST, TASKS
from helpers.adoption.from_template.create import (
    CreateRequest,
    Creation,
    plan_create,
    question_names,
)
from helpers.adoption.from_template.source import differ_from_commit, present_template
from helpers.images.dependencies.change import plan_dependencies, resolve
from helpers.lockers import conda
from helpers.lockers.commands import Action, Change
from helpers.lockers.locked import PROJECT
from helpers.lockers.project_lockers import LOCKERS
from helpers.managed_files.written import apply_changes, remove_remains
from helpers.model.file_change import FileChange
from helpers.model.images.base_image import image_of_python
from helpers.model.repo import Repo
from helpers.model.runnable_dir import CHANGELOG, ROOT
from helpers.model.settings.config import RepoConfig
from helpers.new_repo.request import SUBMODULE, NewRepo
from helpers.new_repo.sources import (
    LICENSE,
    copyright_line,
    license_change,
    named_project,
    source_changes,
)
from helpers.new_repo.steps import Step, writing_step
from helpers.system.files import read_text
from helpers.vcs.files import untracked

# Answers that a template may ask for.
_LOCK, _PYTHON = "lock", "python"


class Rendering:
    """What the template makes of the root; it may be begun while the toolchain is still cloned."""

    def __init__(self, new: NewRepo) -> None:
        self._new = new
        self._begun: Future[Creation] | None = None

    def begin(self) -> None:
        """Begin by the toolchain that runs, where its templates are those of its commit."""
        new = self._new
        if not new.answers.has_template or differ_from_commit(new.toolchain):
            return
        repo = Repo(new.root, new.toolchain, RepoConfig(new.names.repo))
        pool = ThreadPoolExecutor(max_workers=1)
        self._begun = pool.submit(_render, new, repo)
        pool.shutdown(wait=False)

    def result(self) -> Creation:
        """The files; nothing of them is written yet.

        Raises:
            HelpersError: an answer cannot be taken, or copier cannot be had.
        """
        return self._begun.result() if self._begun else _render(self._new, self._new.loaded())


def root_steps(new: NewRepo, rendering: Rendering) -> tuple[Step, ...]:
    """The root's project from a template; none where the repo starts with nothing."""
    if not new.answers.has_template:
        return ()
    names = new.names
    return (
        Step(
            "root dir",
            f"the template {new.answers.start}: import {names.module}, package {names.package},"
            f" image {names.image}",
            lambda: new.has_commit or (new.root / CHANGELOG).is_file(),
            lambda: _write_root(new, rendering),
        ),
    )


def adoption_steps(new: NewRepo) -> tuple[Step, ...]:
    """What every adopting repo has, and the licence."""
    return (
        Step(
            "adoption",
            "settings, setenv.sh, main_pytest.py, tasks.py",
            lambda: new.has_commit or not needs_writing(new.root, plan_adopt(new.root, _ask(new))),
            lambda: carry_out(new.root, plan_adopt(new.root, _ask(new))),
        ),
        writing_step(
            new,
            "licence",
            f"{LICENSE}, and a copyright line in each source",
            lambda: _license_changes(new),
        ),
    )


def lock_steps(new: NewRepo) -> tuple[Step, ...]:
    """The lock file, where the template brings none for the tool."""
    if not new.answers.has_template:
        return ()
    lock_file = LOCKERS[new.answers.lock].LOCK_FILE
    return (
        Step(
            "lock",
            f"{lock_file}, made by {new.answers.lock}",
            lambda: new.has_commit or (new.root / lock_file).is_file(),
            lambda: _lock(new),
        ),
    )


def _ask(new: NewRepo) -> AdoptRequest:
    base_image = image_of_python(new.answers.python)
    return AdoptRequest(SUBMODULE, new.names.repo, new.today, base_image=base_image)


def _render(new: NewRepo, repo: Repo) -> Creation:
    start = new.answers.start
    data = {"image_name": new.names.image, "package": new.names.module}
    if _LOCK in question_names(present_template(repo.toolchain, start)):
        data[_LOCK] = new.answers.lock
        # Of the others the base image's Python is used, which the adoption step chose.
        data |= {_PYTHON: new.answers.python} if new.answers.lock == conda.NAME else {}
    request = CreateRequest(repo.runnable_dir(ROOT), start, data, ask=False, title=new.answers.name)
    return plan_create(repo, request, new.listen)


def _write_root(new: NewRepo, rendering: Rendering) -> None:
    """Write what the template gives; what an earlier run wrote of it stays."""
    made = rendering.result().changes
    remove_remains(new.root, [change.path for change in made])
    wanted = [_named(new, one) for one in made if read_text(new.root / one.path) is None]
    # The changelog makes it a runnable dir: it comes last, so it says that all of them are there.
    apply_changes(new.root, sorted(wanted, key=lambda one: one.path == CHANGELOG))


def _named(new: NewRepo, change: FileChange) -> FileChange:
    """The project by the name that an index has for it, which the import need not be."""
    if change.path != PROJECT or change.after is None:
        return change
    return FileChange(PROJECT, None, named_project(change.after, new.names.package))


def _license_changes(new: NewRepo) -> list[FileChange]:
    answers, defaults, year = new.answers, new.defaults, new.today.year
    found = []
    if read_text(new.root / LICENSE) is None:
        found.append(license_change(defaults.license_text, answers.author, year))
    # Those of the toolchain are its own.
    names = [one for one in untracked(new.root, "*.py") if one not in (TASKS, MAIN_PYTEST)]
    texts = {name: read_text(new.root / name) or "" for name in names}
    header = copyright_line(answers.author, year)
    return [*found, *source_changes(texts, header, defaults.license)]


def _lock(new: NewRepo) -> None:
    repo = new.loaded()
    plan = plan_dependencies(repo, repo.runnable_dir(ROOT), new.host, Change(Action.LOCK))
    resolve(repo, plan, new.host, new.listen)
