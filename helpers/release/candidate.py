"""Candidates: production images that are not released, for a test environment."""

from collections.abc import Sequence

from helpers.images.building.plan import BuildOptions, BuildPlan, as_candidate
from helpers.images.building.planning import Known, plan_images
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.code_version import DEVELOPMENT
from helpers.model.dataclass import dataclass
from helpers.model.images.name import Stage, candidate_tag
from helpers.model.images.parts import parts_text
from helpers.model.names import digest_of
from helpers.model.runnable_dir import RunnableDir
from helpers.release.owner import Releaser
from helpers.release.plan import ReleaseOptions, TagsPlan, platforms_of
from helpers.release.step_kinds import Build, MakeIndex, PushImage, PushIndex, Step, TagIndex
from helpers.release.targets import registries
from helpers.system.repo_files import read_dir_config
from helpers.vcs.git import head

_COMMIT_LETTERS = 10
_CONTENT_LETTERS = 6


@dataclass(frozen=True, slots=True)
class CandidatePlan(TagsPlan):
    """A candidate, before it is made: its images, and the tag that they get."""

    builds: tuple[BuildPlan, ...]
    tag: str

    @property
    def steps(self) -> tuple[Step, ...]:
        """All that is done, in its order."""
        references = tuple(build.reference for build in self.builds)
        return (
            Build(self.builds),
            *(PushImage(reference, self.names) for reference in references),
            MakeIndex(references, described=False),
            *map(PushIndex, self.names),
            *(TagIndex(name, self.tag, replaces=True) for name in self.names),
        )


def plan_candidate(
    releaser: Releaser,
    runnable_dir: RunnableDir,
    options: ReleaseOptions,
    inputs: RepoInputs | None = None,
) -> CandidatePlan:
    """Decide what a candidate is made from.

    Between two releases its tag is the version of its code, and a hash of all that it is made from:
    that version says nothing of the environment. Otherwise the tag has the commit, and a hash where
    the tree is not clean or its code is not as its settings say. The same candidate has the same
    name.

    Raises:
        HelpersError: the repo has no such registry, or the dir has no production image.
    """
    repo, host = releaser.repo, releaser.host
    addresses = registries(repo, options.registries)
    platforms = platforms_of(repo, runnable_dir, host, options.platforms)
    commit = head(repo.checkout)
    code = options.code
    build = BuildOptions(
        stage=Stage.PROD,
        platforms=platforms,
        code=code,
        wheels=options.wheels,
        builders=options.builders,
    )
    plans = plan_images(repo, runnable_dir, host, build, Known(inputs))
    version = plans[0].made_from.release_version
    tag = candidate_tag(host.user.name, commit.id[:_COMMIT_LETTERS] or "none")
    # One without it is that of a release, whose tag it is.
    if DEVELOPMENT in version:
        tag = f"{version}-{_content(plans)}"
    elif commit.dirty or code not in (None, read_dir_config(runnable_dir).code):
        tag += f"-{plans[0].content[:_CONTENT_LETTERS]}"
    builds = tuple(as_candidate(repo, host, plan, tag) for plan in plans)
    return CandidatePlan(
        runnable_dir=runnable_dir,
        stage=Stage.PROD,
        version=builds[0].version,
        image_name=builds[0].image_name,
        addresses=addresses,
        builds=builds,
        tag=tag,
    )


def _content(plans: Sequence[BuildPlan]) -> str:
    """What the images of a candidate are made from, whichever commit brought it."""
    parts = sorted(parts_text(plan.made_from.parts()) for plan in plans)
    return digest_of("\0".join(parts), _CONTENT_LETTERS)
