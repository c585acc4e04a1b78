"""Which dirs a build or a release is for, where only what differs is wanted."""

from typing import TYPE_CHECKING, NamedTuple

from helpers.tasks import cli, values
from helpers.tasks.options import OneOrMore, option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from helpers.images.building.plan import BuildOptions
    from helpers.images.building.planning import Known
    from helpers.images.changed.differing import Differing, Planned
    from helpers.images.changed.reasons import Reasons
    from helpers.inputs.repo_inputs import RepoInputs
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.system.host import Host


class OnlyDiffering(OneOrMore):
    """Of which dirs only those are meant whose image would differ."""

    changed_since: str = option(
        "only dirs whose image differs from what this branch, tag or commit makes; without --dir:"
        " of all dirs",
        default="",
    )
    outdated: bool = option(
        "only dirs whose image is not there, or is made from other inputs than there are now;"
        " without --dir: of all dirs",
        default=False,
    )

    @property
    def selects(self) -> bool:
        """Whether either was given."""
        return bool(self.changed_since or self.outdated)


class Comparison(NamedTuple):
    """With what the images that a command would make are compared.

    Attributes:
        options: of the command.
        outdated: compares planned builds with the images that there are.
        explain: print why each of them would differ.
        missing: what is said of a dir without an image.
    """

    options: "BuildOptions"
    outdated: "Callable[[Iterable[Planned]], list[Differing]]"
    explain: bool
    missing: str = "never built"


def meant_dirs(
    repo: "Repo", host: "Host", wanted: OnlyDiffering, *, all: bool
) -> "tuple[list[RunnableDir], bool]":
    """The dirs that are looked at, and whether they are all of the repo.

    Raises:
        HelpersError: options exclude each other, or there is no such dir.
    """
    if wanted.outdated:
        values.not_both("--outdated", "--changed-since", wanted.changed_since)
    every = all or (wanted.selects and not wanted.dir)
    return cli.find_dirs(repo, host, wanted.dir, all=every), every or wanted.several


def select(
    repo: "Repo",
    dirs: "Sequence[RunnableDir]",
    host: "Host",
    wanted: OnlyDiffering,
    comparison: "Comparison",
) -> "tuple[list[RunnableDir], Known]":
    """Those of the dirs whose image would differ; prints why, and how many are left out.

    Returns:
        The dirs, and what was read of the repo, for the builds that follow.

    Raises:
        HelpersError: there is no such commit, or who has the images does not answer.
    """
    from helpers.images.building.planning import Known
    from helpers.images.changed.differing import plan_each
    from helpers.images.changelogs.image_names import find_shared_names
    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.model.images.name import Stage

    options = comparison.options
    inputs: RepoInputs | None = None
    if options.stage is Stage.PROD or wanted.changed_since:
        inputs = read_repo_inputs(repo, keep=not comparison.explain)
    known = Known(inputs, find_shared_names(repo))
    planned = plan_each(repo, dirs, host, options, known)
    changes = None
    if wanted.changed_since:
        from helpers.images.changed.since import find_changed

        assert inputs is not None
        ref = wanted.changed_since
        found, changes = find_changed(inputs, ref, list(planned), host, options)
    else:
        found = comparison.outdated(planned)
    if comparison.explain and found:
        from helpers.images.changed.reasons import Reasons

        inputs = inputs or read_repo_inputs(repo, keep=False)
        _explain(found, Reasons(inputs, changes, comparison.missing), cli.root_name(repo))
    _say_left_out(len(dirs) - len(found), wanted)
    return [one.runnable_dir for one in found], known


def _explain(found: "Sequence[Differing]", reasons: "Reasons", root_name: str) -> None:
    from helpers.model.runnable_dir import shown_name

    for one in found:
        for line in reasons.of(one):
            print(f"{shown_name(one.runnable_dir.name, root_name)}: {line}")


def _say_left_out(count: int, wanted: OnlyDiffering) -> None:
    from helpers.model.numbers import counted

    if count:
        compared = f"unchanged since {wanted.changed_since}" if wanted.changed_since else "current"
        print(f"{counted(count, 'dir')} skipped: image {compared}")
