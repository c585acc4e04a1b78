"""Compare what images would be made from now with what they were made from."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from helpers.images.building.plan import BuildOptions, BuildPlan, toolchain_states
from helpers.images.building.planning import Known, plan_images
from helpers.images.changed.ahead import AT_ONCE
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.parts import Parts, differing
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host


@dataclass(frozen=True, slots=True)
class Made:
    """What an image was made from.

    Attributes:
        parts: as its label says, or as they were at a commit.
        others: names of what differs besides, such as its base image.
        commit: the commit that its files were from; empty where it says none.
    """

    parts: Parts
    others: tuple[str, ...] = ()
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Differing:
    """A dir whose image would differ.

    Attributes:
        parts: what of it differs; none where there is no image yet.
        plan: of its build; None where it cannot be planned.
        commit: the commit that the image there is from.
        error: why it cannot be planned, which its own build says.
    """

    runnable_dir: RunnableDir
    parts: tuple[str, ...] = ()
    plan: BuildPlan | None = None
    commit: str = ""
    error: HelpersError | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """The builds of one dir, one for each platform, as they would be now."""

    runnable_dir: RunnableDir
    plans: tuple[BuildPlan, ...] = ()
    error: HelpersError | None = None


def plan_each(
    repo: Repo, dirs: Iterable[RunnableDir], host: Host, options: BuildOptions, known: Known
) -> Iterator[Planned]:
    """Plan the builds of dirs, to be compared: a new version of all of them is none of one.

    Each comes when it is planned, so that it can be compared while the next one is.
    """
    options = replace(options, bump=None, message="", no_cache=False)
    known = replace(known, at_commit=False, toolchain=toolchain_states(repo))

    def plan(item: RunnableDir) -> Planned:
        try:
            return Planned(item, tuple(plan_images(repo, item, host, options, known)))
        except HelpersError as error:
            return Planned(item, error=error)

    # Code that is published is asked for at its index.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(plan, dirs)


def compare(
    planned: Iterable[Planned], made: Callable[[BuildPlan], Made | None]
) -> list[Differing]:
    """The dirs whose images would differ, in their order.

    Args:
        made: what an image was made from that has the place of a planned one; None: there is none.
            It is called for several at once.

    Raises:
        HelpersError: `made` cannot say it.
    """

    def compared(one: Planned) -> Differing | None:
        if one.error:
            return Differing(one.runnable_dir, error=one.error)
        for plan in one.plans:
            found = made(plan)
            if found is None:
                return Differing(one.runnable_dir, plan=plan)
            parts = (*differing(found.parts, plan.made_from.parts()), *found.others)
            if parts:
                return Differing(one.runnable_dir, parts, plan, found.commit)
        return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [found for found in pool.map(compared, planned) if found]
