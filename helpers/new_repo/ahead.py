"""The root's project, rendered and locked while the toolchain is still cloned."""

import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from helpers.adoption.from_template.create import (
    CreateRequest,
    Creation,
    plan_create,
    question_names,
)
from helpers.adoption.from_template.source import differ_from_commit, present_template
from helpers.images.dependencies.change import plan_dependencies, resolve
from helpers.lockers.commands import Action, Change
from helpers.lockers.locked import PROJECT
from helpers.lockers.project_lockers import LOCKERS
from helpers.managed_files.written import apply_changes
from helpers.model.file_change import FileChange
from helpers.model.images.base_image import image_of_python
from helpers.model.repo import Repo
from helpers.model.runnable_dir import ROOT
from helpers.model.settings.config import RepoConfig
from helpers.new_repo.request import NewRepo
from helpers.new_repo.sources import named_project
from helpers.system.files import read_text
from helpers.system.lease import working_folder

# Answers that a template may ask for.
_LOCK = "lock"


class Ahead:
    """The files that the template gives, and their lock file, which may be begun early."""

    def __init__(self, new: NewRepo) -> None:
        self._new = new
        self._files: Future[tuple[FileChange, ...]] | None = None
        self._lock: Future[str] | None = None
        self._stopped = Event()

    @property
    def lock_file(self) -> str:
        """The name of the lock file."""
        return LOCKERS[self._new.answers.lock].LOCK_FILE

    def begin(self) -> None:
        """Begin by the toolchain that runs, where its templates are those of its commit."""
        new = self._new
        if not new.answers.has_template or differ_from_commit(new.toolchain):
            return
        base_image = image_of_python(new.answers.python)
        config = RepoConfig(new.names.repo, base_image=base_image)
        pool = ThreadPoolExecutor(max_workers=1)
        files = pool.submit(_render, new, Repo(new.root, new.toolchain, config))
        self._files = files
        self._lock = pool.submit(lambda: self._locked(files.result(), config))
        pool.shutdown(wait=False)

    def files(self) -> tuple[FileChange, ...]:
        """The project's files; nothing of them is written yet.

        Raises:
            HelpersError: an answer cannot be taken, or copier cannot be had.
        """
        return self._files.result() if self._files else _render(self._new, self._new.loaded())

    def lock(self, meanwhile: Callable[[], None]) -> None:
        """Write the lock file.

        Args:
            meanwhile: done while it is waited for.

        Raises:
            HelpersError: the dependencies cannot be locked.
        """
        if self._lock is None:
            self._resolve(self._new.loaded())
            return
        meanwhile()
        apply_changes(self._new.root, [FileChange(self.lock_file, None, self._lock.result())])

    def leave(self) -> None:
        """Stop locking, if that was begun and nobody wants it any more."""
        self._stopped.set()

    def _locked(self, files: tuple[FileChange, ...], config: RepoConfig) -> str:
        """The lock file of files that are in the repo only later."""
        new = self._new
        if any(change.path == self.lock_file for change in files):
            return ""  # nobody will ask
        # In the repo's folder, which the engine can see where it sees the repo.
        place = working_folder(new.root) / "create" / "ahead"
        shutil.rmtree(place, ignore_errors=True)  # of a command that was killed
        try:
            apply_changes(place, files)
            self._resolve(Repo(place, new.toolchain, config))
            return read_text(place / self.lock_file) or ""
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _resolve(self, repo: Repo) -> None:
        new = self._new
        plan = plan_dependencies(repo, repo.runnable_dir(ROOT), new.host, Change(Action.LOCK))
        resolve(repo, plan, new.host, new.listen, self._stopped.is_set)


def _render(new: NewRepo, repo: Repo) -> tuple[FileChange, ...]:
    start = new.answers.start
    data = {"image_name": new.names.image, "package": new.names.module}
    if _LOCK in question_names(present_template(repo.toolchain, start)):
        data[_LOCK] = new.answers.lock
    request = CreateRequest(repo.runnable_dir(ROOT), start, data, ask=False, title=new.answers.name)
    made: Creation = plan_create(repo, request, new.listen)
    return tuple(_named(new, change) for change in made.changes)


def _named(new: NewRepo, change: FileChange) -> FileChange:
    """The project by the name that an index has for it, which the import need not be."""
    if change.path != PROJECT or change.after is None:
        return change
    return FileChange(PROJECT, None, named_project(change.after, new.names.package))
