"""Wheels for production images: built with the image, or as an index has them.

Most images' code is copied: what plans, builds and reads wheels is imported where it is needed.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from helpers.images.building.wheels import PublishedCode, Target, WantedWheel, WheelInputs
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.model.runnable_dir import dir_config_name, path_below
from helpers.system.files import write_atomic
from helpers.system.lease import WORKING_FOLDER, working_folder
from helpers.wheels.open_indexes import Indexes

_FOLDER = "image_wheels"
# Folders of wheels that are kept, the newest: images of the same inputs use them again.
_KEPT = 30
# The same for published ones, of which each dir has a few.
_KEPT_PUBLISHED = 500
# What says, by dir, the versions of a wheel and of an image that are made of dirs now, of those
# whose code is released.
Versions = Callable[[RepoInputs, Sequence[str]], Mapping[str, tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class ImageWheels:
    """Makes the wheels that production images have their code from, or gets published ones.

    Attributes:
        indexes: where published ones are.
        versions: of code that is released; None: each is of the version that its project says.
        released: the folder of a wheel that is published as well; None: each image has its own.
    """

    indexes: Indexes | None = None
    versions: Versions | None = None
    released: Path | None = None

    def release_version(self, inputs: RepoInputs, name: str) -> str:
        """The version of a dir's code, as the label of an image says it; empty: it is not released.

        Raises:
            HelpersError: it cannot be said.
        """
        return self.versions(inputs, [name]).get(name, ("", ""))[1] if self.versions else ""

    def _of_wheels(self, inputs: RepoInputs, name: str) -> dict[str, str]:
        """The versions of a dir's wheel, and of what it holds or requires."""
        if self.versions is None:
            return {}
        found = self.versions(inputs, inputs.of(name).roots)
        return {place: wheel for place, (wheel, _) in found.items()}

    def inputs_of(self, inputs: RepoInputs, name: str) -> WheelInputs:
        """What the wheel of a dir is made from.

        Raises:
            HelpersError: it cannot be built as a wheel.
        """
        from helpers.wheels.options import BuildOptions
        from helpers.wheels.plan import plan_wheels

        options = BuildOptions(
            inputs.repo.root / WORKING_FOLDER / _FOLDER, versions=self._of_wheels(inputs, name)
        )
        (plan,) = plan_wheels(inputs, name, options)
        return WheelInputs(plan.inputs, plan.code, plan.git)

    def install(self, wanted: WantedWheel, site: Path, scripts: Path) -> None:
        """Build a wheel, or take the one of the same inputs, and unpack it into two folders.

        Raises:
            HelpersError: a backend failed, the dir changed since the build was planned, or no wheel
                runs on the image's platform.
            OSError: the disk is full.
        """
        from helpers.wheels.archive import read_wheel
        from helpers.wheels.build import build_packages
        from helpers.wheels.existing import runs_on
        from helpers.wheels.options import BuildOptions
        from helpers.wheels.unpack import tidy, unpack

        inputs = read_repo_inputs(wanted.repo.outermost)
        if self.inputs_of(inputs, wanted.name) != wanted.inputs:
            raise _changed(wanted)
        above = working_folder(wanted.repo.root) / _FOLDER
        key = digest_of(f"{wanted.inputs.digest} {wanted.around}", 24)
        # What it requires is in the image, at the versions of the lock file.
        versions = self._of_wheels(inputs, wanted.name)
        options = BuildOptions(above / key, trial=False, versions=versions)
        if self.released:
            options = BuildOptions(self.released, versions=versions)
        wheels = build_packages(inputs, [wanted.name], options, wanted.host, wanted.listen)
        if any(one.inputs != wanted.inputs.digest for one in wheels):
            shutil.rmtree(options.out, ignore_errors=True)
            raise _changed(wanted)
        fitting = [one.path for one in wheels if runs_on(one.path, wanted.platform)]
        if not fitting:
            raise HelpersError(
                f"the wheel of {wanted.name} has compiled code, and none for {wanted.platform}",
                where=path_below(wanted.name, dir_config_name()),
                fix=f"add {wanted.platform} to 'platforms'; or --code copy",
            )
        unpack(read_wheel(fitting[0]), site, scripts)
        tidy(options.out, _KEPT)

    def find_published(
        self, inputs: RepoInputs, name: str, index: str, target: Target
    ) -> PublishedCode:
        """The code of a dir's release version as an index has it; nothing is written.

        Raises:
            HelpersError: the index lacks it, or what it has is not of this repo or runs elsewhere.
        """
        from helpers.wheels.published import WantedCode, find_code

        assert self.indexes, "who takes published code hands in where it is"
        versions = self._of_wheels(inputs, name)
        return find_code(self.indexes, inputs, WantedCode(name, index, target, versions))

    def install_published(self, code: PublishedCode, repo: Repo, site: Path, scripts: Path) -> None:
        """Unpack published code into two folders, and keep its wheels for later commands.

        Raises:
            OSError: the disk is full.
        """
        from helpers.wheels.archive import read_wheel
        from helpers.wheels.open_index import KEPT_WHEELS, kept_file
        from helpers.wheels.unpack import tidy, unpack

        assert self.indexes, "it was found there"
        above = working_folder(repo.outermost.root) / KEPT_WHEELS
        # The dir's own comes last: where a package brings the same file, the dir's stays.
        for one in reversed(code.wheels):
            content, kept = self.indexes.held(one.sha256), kept_file(above, one.sha256)
            unpack(read_wheel(Path(one.file), content), site, scripts)
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(kept, content)
            tidy(kept.parent, _KEPT_PUBLISHED)


def _changed(wanted: WantedWheel) -> HelpersError:
    return HelpersError(
        f"{wanted.name} changed while its wheel was built", where=wanted.name, fix="build again"
    )
