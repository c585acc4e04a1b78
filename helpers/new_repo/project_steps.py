"""The steps that fill a checkout: its root's project, adoption, licence and lock."""

from helpers.adoption.adopting.adopt import AdoptRequest, carry_out, needs_writing, plan_adopt
from helpers.adoption.adopting.shims import MAIN_PYTEST, TASKS
from helpers.managed_files.written import apply_changes, remove_remains
from helpers.model.file_change import FileChange
from helpers.model.images.base_image import image_of_python
from helpers.model.runnable_dir import CHANGELOG
from helpers.new_repo.ahead import Ahead
from helpers.new_repo.checkout_steps import stage_all
from helpers.new_repo.request import SUBMODULE, NewRepo
from helpers.new_repo.sources import (
    LICENSE,
    copyright_line,
    license_change,
    source_changes,
)
from helpers.new_repo.steps import Step, writing_step
from helpers.system.files import read_text
from helpers.vcs.files import untracked


def root_steps(new: NewRepo, ahead: Ahead) -> tuple[Step, ...]:
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
            lambda: _write_root(new, ahead),
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


def lock_steps(new: NewRepo, ahead: Ahead) -> tuple[Step, ...]:
    """The lock file, where the template brings none for the tool."""
    if not new.answers.has_template:
        return ()
    return (
        Step(
            "lock",
            f"{ahead.lock_file}, made by {new.answers.lock}",
            lambda: new.has_commit or (new.root / ahead.lock_file).is_file(),
            lambda: ahead.lock(lambda: stage_all(new)),
            leave=ahead.leave,
        ),
    )


def _ask(new: NewRepo) -> AdoptRequest:
    base_image = image_of_python(new.answers.python)
    return AdoptRequest(SUBMODULE, new.names.repo, new.today, base_image=base_image)


def _write_root(new: NewRepo, ahead: Ahead) -> None:
    """Write what the template gives; what an earlier run wrote of it stays."""
    made = ahead.files()
    remove_remains(new.root, [change.path for change in made])
    wanted = [one for one in made if read_text(new.root / one.path) is None]
    # The changelog makes it a runnable dir: it comes last, so it says that all of them are there.
    apply_changes(new.root, sorted(wanted, key=lambda one: one.path == CHANGELOG))


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
