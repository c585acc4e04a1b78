"""Carry out the steps of a plan, or those that only read: of a release, a push, a rollback."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import cached_property, partial
from itertools import takewhile

from helpers.images.building.build import build_planned
from helpers.images.installing.access import open_access
from helpers.model.dataclass import dataclass
from helpers.model.descriptor import Descriptor, short_digest
from helpers.model.errors import HelpersError
from helpers.model.events import Notice, ReleaseStep
from helpers.model.images.published import TagMove
from helpers.model.names import digest_of
from helpers.model.packages.installed import PackageSet
from helpers.registry.errors import RegistryError
from helpers.registry.repository import Repository
from helpers.release import step_kinds
from helpers.release.attestations import Attested
from helpers.release.checks import released_before, taken
from helpers.release.code_plan import CodePlan
from helpers.release.code_release import CodeSteps
from helpers.release.code_steps import CodeCheck, CodeStep
from helpers.release.engine_steps import change_engine
from helpers.release.image_tests import check_same, run_in_image
from helpers.release.index import Index, make_index, move_tag, read_index, restore_tag
from helpers.release.lock import Lock
from helpers.release.moves import add_move, drop_move
from helpers.release.owner import Owner, Releaser, now, read_owner
from helpers.release.plan import ReleasePlan, TagsPlan
from helpers.release.publish import push_image, push_index
from helpers.release.statements import index_of_release, read_image_packages
from helpers.release.targets import targets
from helpers.release.version_tags import not_there
from helpers.system.lease import Lease
from helpers.system.repo_files import read_changelog
from helpers.vcs.discovery import discover_dirs

_CHECKS = step_kinds.CheckCommit | step_kinds.CheckRegistry | step_kinds.CheckVersion | CodeCheck
# Each is asked of a registry that lacks a layer.
_SIBLINGS = 4


@dataclass(frozen=True, slots=True)
class Released:
    """The result of a release.

    Attributes:
        digest: of the index that the tags name.
        anew: False: it was released before, and nothing was left to do.
    """

    reference: str
    digest: str
    anew: bool = True


def carry_out(releaser: Releaser, plan: TagsPlan) -> Released:
    """Carry out a plan; whatever fails, the floating tags stay where they were.

    Raises:
        HelpersError: with what to do; nothing is half-released, and the same command goes on
            where this one ended.
    """
    with ExitStack() as held:
        run = _PlanRun(releaser, plan, held)
        try:
            for step in plan.steps:
                run.take(step)
            run.wait_for_engine()
        except BaseException as error:
            run.undo(error)
            raise
        return run.released()


def check(releaser: Releaser, plan: TagsPlan) -> Released | None:
    """Look whether a plan can be carried out, without changing anything here or elsewhere.

    Returns:
        The same release, where it was made before.

    Raises:
        HelpersError: it cannot, as `carry_out` would say.
    """
    run = _PlanRun(releaser, plan, ExitStack())
    for step in takewhile(lambda one: isinstance(one, _CHECKS), plan.steps):
        run.take(step)
    return run.released() if run.made_before else None


class _PlanRun:
    """A plan that is being carried out: what its steps hand to later ones."""

    def __init__(self, releaser: Releaser, plan: TagsPlan, held: ExitStack) -> None:
        self._releaser = releaser
        self._plan = plan
        self._held = held
        repo = releaser.repo
        access = open_access(repo, releaser.host, releaser.listen)
        names = tuple(plan.addresses)
        item = plan.runnable_dir
        found = targets(repo, access, item, plan.image_name, names) if names else ()
        self._targets = {str(target): target for target in found}
        self._started = now()
        self._made: dict[str, str] = {}
        self._locks: list[Lock] = []
        self._pushed: list[tuple[str, Descriptor]] = []
        self._index: Index | None = None
        self._attested: list[Attested] = []
        self._packages: dict[str, Future[PackageSet]] = {}
        self._removing: list[Future[None]] = []
        self._undo: list[Callable[[], str]] = []

    @property
    def made_before(self) -> bool:
        """Whether all registries were found to have the same release."""
        return bool(self._targets) and all(self._made.get(image) for image in self._targets)

    def released(self) -> Released:
        """The result."""
        reference = f"{next(iter(self._targets), '')}:{self._plan.version_tag}"
        if self._index:
            return Released(reference, self._index.descriptor.digest)
        return Released(reference, next(iter(self._made.values()), ""), anew=False)

    def take(self, step: step_kinds.Step) -> None:
        """Announce a step, and carry it out; what is released already is not made again.

        Raises:
            HelpersError: it cannot be done.
        """
        if self._locks and self.made_before and not self._plan.goes_on(step):
            return
        text = str(step).partition("\n")[0]
        if not isinstance(step, step_kinds.KeepTag):  # that nothing moved is the result
            self._releaser.listen(ReleaseStep(self._plan.runnable_dir.name, text))
        try:
            self._carry_out(step)
        except HelpersError:
            if isinstance(step, step_kinds.Build | step_kinds.BuildForTests | step_kinds.RunTests):
                # Another release on this engine may have replaced our images: that explains more.
                with suppress(RegistryError):
                    for lock in self._locks:
                        lock.check()
            raise

    def wait_for_engine(self) -> None:
        """Wait until the images are gone that steps remove.

        Raises:
            HelpersError: one cannot be removed.
        """
        for one in self._removing:
            one.result()

    def undo(self, error: BaseException) -> None:
        """Move tags back; a HelpersError gets a line for each that could not be moved."""
        left = [said for back in reversed(self._undo) if (said := back())]
        if isinstance(error, HelpersError):
            error.where = "\n".join([error.where, *left]) if left else error.where

    # --- Steps ----------------------------------------------------------------------------------

    def _carry_out(self, step: step_kinds.Step) -> None:
        releaser = self._releaser
        repo, host, client, listen = releaser.repo, releaser.host, releaser.client, releaser.listen
        match step:
            case step_kinds.CheckCommit():
                self._release.check_published(repo.checkout)
            case step_kinds.CheckRegistry():
                self._targets[step.image].repository.check_push()
                self._lock(step.image, read_owner(repo, host, keep=False)).check_free()
            case step_kinds.CheckVersion():
                self._made[step.image] = released_before(self._release, self._targets[step.image])
            case step_kinds.Build():
                build_planned(repo, step.plans, host, listen)
            case step_kinds.BuildForTests():
                build_planned(repo, [step.plan], host, listen)
                check_same(client, step)
            case step_kinds.RunTests():
                run_in_image(releaser, self._release, step)
            case CodeStep():
                self._code.take(step)
            case step_kinds.PushImage():
                found = [self._targets[image] for image in step.images]
                self._read_packages(step.reference)
                pushed = push_image(client, step.reference, found, self._siblings)
                self._pushed.append((step.reference, pushed.manifest))
            case step_kinds.PullImage() | step_kinds.NameImage() | step_kinds.RenameImage():
                self._change_engine(step)
            case _:
                self._carry_out_in_registry(step)

    def _carry_out_in_registry(self, step: step_kinds.Step) -> None:
        match step:
            case step_kinds.TakeLock():
                self._take_lock(step)
            case step_kinds.MakeIndex():
                self._make_index(step)
            case step_kinds.PushIndex():
                push_index(self._targets[step.image], self._made_index, self._attested)
            case step_kinds.ConfirmLocks():
                for lock in self._locks:
                    lock.confirm()
            case step_kinds.TagIndex():
                self._tag_index(step)
            case step_kinds.NoteMove():
                repository = self._targets[step.image].repository
                self._undo.append(partial(_forget_move, repository, step.move))
                add_move(repository, step.move)
            case step_kinds.MoveTag():
                self._move_tag(step)
            case step_kinds.KeepTag():
                pass
            case _:
                raise NotImplementedError(step)

    def _change_engine(self, step: step_kinds.Step) -> None:
        work = partial(change_engine, self._releaser.client, step, self._releaser.listen)
        if isinstance(step, step_kinds.RenameImage) and not step.names:
            # The engine takes seconds to remove an image, and no later step needs that.
            self._removing.append(self._beside.submit(work))
        else:
            work()

    def _lock(self, image: str, owner: Owner) -> Lock:
        plan = self._plan
        what = f"{plan.image_name} {plan.version_tag}"
        target = self._targets[image]
        if not isinstance(plan, CodePlan):
            return Lock(target, plan.stage, owner, what)
        return Lock(target, plan.stage, owner, what, plan.commit, is_over=plan.is_over)

    def _take_lock(self, step: step_kinds.TakeLock) -> None:
        plan = self._plan
        if not self._locks:
            name = f"release-{digest_of(f'{plan.stage} {plan.image_name}', 12)}"
            try:
                self._held.enter_context(Lease(self._releaser.repo.root, name, wait=False))
            except BlockingIOError:
                raise HelpersError(
                    f"a release of {plan.image_name} for {plan.stage} is already running here",
                    where=str(plan.runnable_dir.root),
                    fix="wait until it is done",
                ) from None
        self._made.clear()
        self._locks.append(self._held.enter_context(self._lock(step.image, self._releaser.owner)))

    def _make_index(self, step: step_kinds.MakeIndex) -> None:
        if not step.described:
            self._index = make_index([image for _, image in self._pushed], (), {})
            return
        found = list(self._targets.values())
        self._index, self._attested = index_of_release(
            self._releaser,
            self._release,
            found,
            self._pushed,
            self._started,
            lambda reference: self._packages[reference].result(),
        )

    def _read_packages(self, reference: str) -> None:
        """Begin to read what an image holds, which takes about as long as to push it."""
        if isinstance(self._plan, ReleasePlan):
            reading = self._beside.submit(read_image_packages, self._releaser, reference)
            self._packages[reference] = reading

    @cached_property
    def _beside(self) -> ThreadPoolExecutor:
        """What does something while steps go on, and has done it when the plan is carried out."""
        return self._held.enter_context(ThreadPoolExecutor())

    def _tag_index(self, step: step_kinds.TagIndex) -> None:
        target, index = self._targets[step.image], self._made_index
        there = None if step.replaces else read_index(target.repository, step.tag)
        if there and there.descriptor.digest != index.descriptor.digest:
            raise taken(target, self._release, there)
        move_tag(target, step.tag, index)

    def _move_tag(self, step: step_kinds.MoveTag) -> None:
        target = self._targets[step.image]
        before = target.repository.resolve(step.tag)
        named = before.digest if before else ""
        index = self._index or read_index(target.repository, step.to)
        if index is None:
            raise not_there(target, step.to)
        planned = [one.digest for one in step.change or ()]
        if planned and planned != [named, index.descriptor.digest]:
            raise HelpersError(
                f"somebody moved {step.tag} or {step.to} in the meantime: nothing was moved",
                where=str(target),
                fix=f"{target.show_history}, then the same command",
            )
        self._undo.append(partial(restore_tag, target, step.tag, named))
        move_tag(target, step.tag, index)
        if not planned and named != index.descriptor.digest:
            text = f"{target}:{step.tag} named {short_digest(named) or 'nothing'} before"
            self._releaser.listen(Notice(text, self._plan.runnable_dir.name))

    @property
    def _made_index(self) -> Index:
        assert self._index is not None
        return self._index

    @property
    def _release(self) -> ReleasePlan:
        assert isinstance(self._plan, ReleasePlan)
        return self._plan

    @cached_property
    def _code(self) -> CodeSteps:
        assert isinstance(self._plan, CodePlan)
        return CodeSteps(self._releaser, self._plan)

    @cached_property
    def _siblings(self) -> list[str]:
        """Other images on the same layers, from which a registry may take these over."""
        names = set()
        for item in discover_dirs(self._releaser.repo):
            if item.name != self._plan.runnable_dir.name:
                with suppress(HelpersError):
                    names.add(read_changelog(item).image_name)
        return sorted(names - {self._plan.image_name})[:_SIBLINGS]


def _forget_move(repository: Repository, move: TagMove) -> str:
    with suppress(HelpersError):
        drop_move(repository, move)
    return ""
