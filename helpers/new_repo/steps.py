"""Steps that are looked at before they are done, so that the same plan goes on after a failure."""

from collections.abc import Callable, Sequence

from helpers.forge.errors import ForgeError
from helpers.managed_files.written import apply_changes
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.new_repo import PlanStep
from helpers.new_repo.request import NewRepo

# What a forge says to a token that may not do something; without a right it also hides things.
_REFUSALS = frozenset({401, 403, 404})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan.

    Attributes:
        name: what people call it.
        makes: what there is once it is done.
        is_done: asks git, the files, the engine or the remote; nothing is remembered.
        do: called right after `is_done` said no.
        commands: what a person types in its place; none: nobody does it by hand.
        setting: what the token of a forge must be allowed for it; empty: it needs none.
        carries: those that follow it make no sense without it.
        leave: called when the plan ends in whatever way; stops what was begun beside other steps.
    """

    name: str
    makes: str
    is_done: Callable[[], bool]
    do: Callable[[], None]
    commands: tuple[str, ...] = ()
    setting: str = ""
    carries: bool = False
    leave: Callable[[], None] = lambda: None


def writing_step(
    new: NewRepo, name: str, makes: str, plan: Callable[[], Sequence[FileChange]]
) -> Step:
    """A step that writes files before the first commit; what it looked at is what it writes."""
    found: list[FileChange] = []

    def is_done() -> bool:
        found[:] = () if new.has_commit else plan()
        return not found

    return Step(name, makes, is_done, lambda: apply_changes(new.root, found))


@dataclass(frozen=True, slots=True)
class Left:
    """A step that was not done.

    Attributes:
        error: why a forge refused it; None: it was not tried.
    """

    step: Step
    error: ForgeError | None = None


def carry_out(steps: Sequence[Step], tell: Callable[[PlanStep], None]) -> tuple[Left, ...]:
    """Do the steps that are not done; those that a forge refuses are left, and the others done.

    Raises:
        HelpersError: a step fails for another reason; all before it are done.
    """
    try:
        return _carry_out(steps, tell)
    finally:
        for step in steps:
            step.leave()


def _carry_out(steps: Sequence[Step], tell: Callable[[PlanStep], None]) -> tuple[Left, ...]:
    left: list[Left] = []
    for number, step in enumerate(steps):
        try:
            there = step.is_done()
            if not there:
                tell(PlanStep(step.name, step.makes))
                step.do()
        except ForgeError as error:
            if not step.setting or error.status not in _REFUSALS:
                raise _going_on(step, error) from error
            left.append(Left(step, error))
            if step.carries:
                return (*left, *map(Left, steps[number + 1 :]))
            continue
        except HelpersError as error:
            raise _going_on(step, error) from error
        tell(PlanStep(step.name, step.makes, ended=True, there=there))
    return tuple(left)


def _going_on(step: Step, error: HelpersError) -> HelpersError:
    """The error, with how the plan goes on after it."""
    fix = f"{error.fix}; then the same command again" if error.fix else "the same command again"
    return HelpersError(f"{step.name}: {error.what}", where=error.where, fix=fix)
