"""What a build will do: decided here from files alone, carried out in `build`."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from helpers.images.os_packages import read_os_packages
from helpers.lockers.all_lockers import read_locked
from helpers.lockers.locked import Locked
from helpers.model.changelog import Changelog, bump_changelog, parse_changelog
from helpers.model.errors import HelpersError
from helpers.model.image import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import DEVOPS, RunnableDir
from helpers.model.version import Part, Version
from helpers.system.host import Host
from helpers.vcs.git import list_files

_DOCKERFILE = f"{DEVOPS}/Dockerfile"
# What of the toolchain goes into images by way of the shared Dockerfile.
_TOOLCHAIN_FILES = (
    _DOCKERFILE,
    f"{DEVOPS}/common_packages.txt",
    f"{DEVOPS}/in_build/install_packages.sh",
    f"{DEVOPS}/in_build/install_requirements.py",
    f"{DEVOPS}/in_build/with_settings.sh",
    f"{DEVOPS}/installer/requirements.txt",
    "dev_scripts/thin_env.py",
    "dev_scripts/thin_requirements.txt",
)


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What the user asks of a build.

    Attributes:
        bump: raise the version, with `message` as what changed.
        version: must be the changelog's, as a check.
    """

    bump: Part | None = None
    message: str = ""
    version: Version | None = None
    no_cache: bool = False


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """A build, before it is done.

    Attributes:
        reference: the name and tag that the image will get.
        old_changelog: as it was when the plan was made.
        new_changelog: what is written once the image is built; empty: nothing is.
        args: of the Dockerfile, the base image excepted.
        content: hash of what the image is made from, the base image excepted.
        left_out: dependencies that the image cannot hold.
    """

    runnable_dir: RunnableDir
    image_name: str
    version: Version
    reference: str
    old_changelog: str
    new_changelog: str
    dockerfile: Path
    args: Mapping[str, str]
    content: str
    left_out: tuple[str, ...]
    mend_lock: str
    no_cache: bool

    def __str__(self) -> str:
        lines = [
            f"build {self.reference}",
            f"from {self.dockerfile}",
            *(f"with {name}={value}" for name, value in self.args.items() if value),
        ]
        if self.new_changelog:
            entry = self.new_changelog[: -len(self.old_changelog)].strip().replace("\r\n", "\n")
            lines.append(f"then write to {self.runnable_dir.changelog}:\n{entry}")
        return "\n".join(lines)


def plan_build(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    changelog: str,
    options: BuildOptions,
    today: date,
) -> BuildPlan:
    """Decide what a build does.

    Args:
        changelog: content of the dir's `changelog.txt`.

    Raises:
        HelpersError: the options contradict each other or the changelog, or a file that describes
            the image is malformed.
    """
    path = str(runnable_dir.changelog.relative_to(repo.root))
    current = parse_changelog(changelog, path)
    _check_options(current, options)
    new_changelog, planned = "", current
    if options.bump:
        new_changelog = bump_changelog(changelog, path, options.bump, options.message, today)
        planned = parse_changelog(new_changelog, path)
    own = runnable_dir.devops / "Dockerfile"
    shared = repo.toolchain / _DOCKERFILE
    # The toolchain's own checkout is a runnable dir too: its Dockerfile is the shared one.
    has_own = own.is_file() and own.resolve() != shared.resolve()
    locked = Locked("none", "") if has_own else read_locked(runnable_dir.root)
    args = {} if has_own else _args(runnable_dir, locked)
    name = repo.image_name(planned.image_name)
    return BuildPlan(
        runnable_dir=runnable_dir,
        image_name=planned.image_name,
        version=planned.version,
        reference=name.tagged(Stage.LOCAL, planned.version, host.user.name),
        old_changelog=changelog,
        new_changelog=new_changelog,
        dockerfile=own if has_own else shared,
        args=args,
        content=_content(repo, runnable_dir, locked, args, has_own=has_own),
        left_out=locked.local_packages,
        mend_lock=locked.mend,
        no_cache=options.no_cache,
    )


def _check_options(current: Changelog, options: BuildOptions) -> None:
    if options.bump and options.version:
        raise HelpersError("--bump and --version exclude each other", mend="give one of them")
    if options.message and not options.bump:
        raise HelpersError(
            "--message says what a bump changes, but there is no --bump",
            mend="add --bump major, minor or patch",
        )
    if options.version and options.version != current.version:
        backwards = options.version < current.version
        raise HelpersError(
            f"--version {options.version} is not the changelog's {current.version}"
            + (": versions never go backwards" if backwards else ""),
            where=f"{current.path}:{current.entries[0].line}",
            mend=f"--version {current.version}, or --bump to raise it",
        )


def _args(runnable_dir: RunnableDir, locked: Locked) -> dict[str, str]:
    args = {"LOCKER": locked.locker}
    packages = read_os_packages(runnable_dir)
    if packages:
        args["OS_PACKAGES"] = " ".join(packages)
    if locked.locker == "uv" and locked.local_packages:
        args["UV_LOCK_CHECK"] = "--frozen"
    return args


def _content(
    repo: Repo,
    runnable_dir: RunnableDir,
    locked: Locked,
    args: Mapping[str, str],
    *,
    has_own: bool,
) -> str:
    content = hashlib.sha256()
    # Which files a Dockerfile of the dir's own copies is not known: all of them count.
    root = runnable_dir.root if has_own else repo.toolchain
    names: Iterable[str] = list_files(root) if has_own else _TOOLCHAIN_FILES
    for name in names:
        content.update(f"{name}\0".encode())
        content.update((root / name).read_bytes())
    content.update("\0".join([repo.config.name, runnable_dir.name, locked.content]).encode())
    content.update(repr(sorted(args.items())).encode())
    return content.hexdigest()
