"""The steps of a release of code besides those of its image, as values.

What only reads is a `CodeCheck`: a dry run carries it out as well.
"""

from helpers.model.dataclass import dataclass
from helpers.release.step_kinds import Step


@dataclass(frozen=True, slots=True)
class CodeStep(Step):
    """A step that is no image's."""


@dataclass(frozen=True, slots=True)
class CodeCheck(CodeStep):
    """A step that changes nothing."""


@dataclass(frozen=True, slots=True)
class LeaveOut(CodeCheck):
    """A part that the dir does not have."""

    says = "left out: {0.part}, since {0.reason}"
    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckTag(CodeCheck):
    """Nobody released the version from another commit."""

    says = "check that {0.remote} has no tag {0.tag} of another commit"
    remote: str
    tag: str


@dataclass(frozen=True, slots=True)
class CheckAgreement(CodeCheck):
    """What `i release_check` checks."""

    says = "check that nothing says another version of {0.dir} (release_check)"
    dir: str


@dataclass(frozen=True, slots=True)
class BuildWheel(CodeStep):
    """Build the wheel, install it, import it."""

    says = "build the wheel {0.package} {0.version}, and try it"
    package: str
    version: str


@dataclass(frozen=True, slots=True)
class CheckIndex(CodeStep):
    """The index has no other content under the version."""

    says = "check that {0.index} has no other {0.package} {0.version}"
    index: str
    package: str
    version: str


@dataclass(frozen=True, slots=True)
class TestDir(CodeStep):
    """Run the tests of a dir that has no image to release."""

    __test__ = False

    says = "test {0.dir} in its container ({0.suite} tests)"
    dir: str
    suite: str


@dataclass(frozen=True, slots=True)
class PublishWheel(CodeStep):
    """Upload the wheel; what the index has already stays."""

    says = "publish {0.package} {0.version} at {0.index}"
    index: str
    package: str
    version: str


@dataclass(frozen=True, slots=True)
class TagCommit(CodeStep):
    """Tag the commit, here and at the remote."""

    remote: str
    tag: str
    commit: str

    def __str__(self) -> str:
        return f"tag {self.commit[:12]} as {self.tag}, push the tag to {self.remote}"


@dataclass(frozen=True, slots=True)
class MakePage(CodeStep):
    """Make the page of the release, unless there is one."""

    says = "make the page of {0.tag} at {0.project}, with its notes"
    project: str
    tag: str
