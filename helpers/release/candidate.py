"""Candidates: production images that are not released, for a test environment."""

from collections.abc import Sequence

from helpers.images.build import build_planned, plan_images
from helpers.images.build_plan import BuildOptions, BuildPlan, as_candidate
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.events import ReleaseStep
from helpers.model.image import ImageName, Stage
from helpers.model.runnable_dir import RunnableDir
from helpers.release.plan import platforms_of, push_lines
from helpers.release.publish import make_index, move_tag, push_image, push_index
from helpers.release.release import Releaser
from helpers.release.targets import open_access, registries, targets
from helpers.vcs.git import head

_COMMIT_LETTERS = 10
_CONTENT_LETTERS = 6


@dataclass(frozen=True, slots=True)
class CandidatePlan:
    """A candidate, before it is made: its images, and its names in the registries."""

    builds: tuple[BuildPlan, ...]
    tag: str
    image_name: str
    addresses: dict[str, str]

    def __str__(self) -> str:
        names = [str(ImageName(self.image_name, one)) for one in self.addresses.values()]
        lines = [str(plan) for plan in self.builds]
        for name in names:
            lines += push_lines(name, (build.reference for build in self.builds))
        return "\n".join([*lines, *(f"tag {name}:{self.tag}" for name in names)])


def plan_candidate(
    releaser: Releaser,
    runnable_dir: RunnableDir,
    platforms: Sequence[str],
    registry_names: Sequence[str],
    inputs: RepoInputs | None = None,
) -> CandidatePlan:
    """Decide what a candidate is made from.

    Its key is the commit, and what else it is made from where the tree is not clean: the same
    candidate has the same name.

    Raises:
        HelpersError: the repo has no such registry, or the dir has no production image.
    """
    repo, host = releaser.repo, releaser.host
    addresses = registries(repo, tuple(registry_names))
    found = platforms_of(repo, runnable_dir, host, platforms)
    commit = head(repo.checkout)
    options = BuildOptions(stage=Stage.PROD, platforms=found)
    plans = plan_images(repo, runnable_dir, host, options, inputs)
    key = commit.id[:_COMMIT_LETTERS] or "none"
    if commit.dirty:
        key += f"-{plans[0].content[:_CONTENT_LETTERS]}"
    builds = tuple(as_candidate(repo, host, plan, key) for plan in plans)
    own = ImageName(builds[0].image_name).candidate(host.user.name, key)
    return CandidatePlan(builds, own.rpartition(":")[2], builds[0].image_name, addresses)


def create_candidate(
    releaser: Releaser, runnable_dir: RunnableDir, plan: CandidatePlan
) -> list[str]:
    """Build and push it; its references.

    Raises:
        HelpersError: it cannot be built, or a registry refuses.
    """
    build_planned(releaser.repo, plan.builds, releaser.host, releaser.listen)
    access = open_access(releaser.repo, releaser.host, releaser.listen)
    found = targets(releaser.repo, access, runnable_dir, plan.image_name, tuple(plan.addresses))
    images = []
    for build in plan.builds:
        text = f"push {build.reference} by its digest"
        releaser.listen(ReleaseStep(runnable_dir.name, text))
        images.append(push_image(releaser.client, build.reference, found, ()).manifest)
    index = make_index(images, (), {})
    for target in found:
        push_index(target, index, ())
        move_tag(target, plan.tag, index)
    return [f"{target}:{plan.tag}" for target in found]
