"""Plan a build from files alone; `build` carries it out."""

import re
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from helpers.images.base.python_check import base_image_of, check_python
from helpers.images.building import ci_image
from helpers.images.building.builders import Builders
from helpers.images.building.content import MadeFrom, file_states
from helpers.images.building.os_packages import DEV_FILE_NAME, read_os_packages
from helpers.images.building.prod_code import PROD_IMAGE, PROD_TEST, ProdCode, dockerfile_ending
from helpers.images.building.wheels import Wheels
from helpers.lockers.all_lockers import dev_options, prod_options, read_locked
from helpers.lockers.locked import Locked
from helpers.model.changelog.parse import Changelog, bump_changelog, parse_changelog
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import ImageName, Stage
from helpers.model.images.platform import architecture, variant
from helpers.model.numbers import counted
from helpers.model.repo import Repo
from helpers.model.runnable_dir import DEVOPS, RunnableDir, dir_option
from helpers.model.settings.config import DirConfig
from helpers.model.version import Part, Version
from helpers.system.host import Host
from helpers.vcs.files import list_files
from helpers.vcs.git import Commit

_DOCKERFILE = f"{DEVOPS}/Dockerfile"
# The toolchain's files that the shared Dockerfile puts into images.
_TOOLCHAIN_FILES = (
    _DOCKERFILE,
    f"{DEVOPS}/common_packages.txt",
    f"{DEVOPS}/in_build/install_packages.sh",
    f"{DEVOPS}/in_build/install_requirements.py",
    f"{DEVOPS}/in_build/settle.py",
    f"{DEVOPS}/in_build/target_uv.sh",
    f"{DEVOPS}/in_build/test_packages.py",
    f"{DEVOPS}/in_build/uv_platform.sh",
    f"{DEVOPS}/in_build/with_settings.sh",
    f"{DEVOPS}/installer/requirements.txt",
    "dev_scripts/thin_env.py",
    "dev_scripts/thin_requirements.txt",
)
# Of those what installs packages: the stage that writes lock files has none of it.
_OF_INSTALLING = frozenset(
    f"{DEVOPS}/in_build/{name}"
    for name in ("install_requirements.py", "settle.py", "test_packages.py")
)
# What builder images of dirs with conda packages have besides, and what links those in builds.
OF_CONDA = (
    f"{DEVOPS}/in_build/conda_lock.py",
    f"{DEVOPS}/in_build/conda_pypi.py",
    f"{DEVOPS}/in_build/conda_rattler.py",
    f"{DEVOPS}/installer/conda_requirements.txt",
)
_LINKING = (*OF_CONDA, f"{DEVOPS}/in_build/conda_environment.py")
BUILDER_FILES = tuple(name for name in _TOOLCHAIN_FILES if name not in _OF_INSTALLING)
_TEST_PACKAGES = "test_packages"
_STAGE_NAME = re.compile(r"^\s*FROM\s.*\sAS\s+(?P<name>\S+)\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """The user's options for a build.

    Attributes:
        bump: raise the version, with `message` as what changed.
        version: must be the changelog's, as a check.
        stage: what the image is for.
        platforms: one image for each; none: the host's own.
        releasing: the images are named as those of a release that is under way, in the checkout
            that this is the key of; empty: they are not.
        candidate: the tag of a candidate; empty: it is none.
        forced: why a release is made that would be refused; it becomes a label.
        write_cache: put the build's layers where other builds find them.
        for_tests: with what tests need besides what production has.
        code: how a production image has its code; None: as the dir's settings say.
        wheels: makes or gets wheels, where a production image may have its code from one.
        builders: machines that build; None: this one.
    """

    bump: Part | None = None
    message: str = ""
    version: Version | None = None
    no_cache: bool = False
    stage: Stage = Stage.LOCAL
    platforms: tuple[str, ...] = ()
    releasing: str = ""
    candidate: str = ""
    forced: str = ""
    write_cache: bool = False
    for_tests: bool = False
    code: CodeKind | None = None
    wheels: Wheels | None = None
    builders: Builders | None = None


@dataclass(frozen=True, slots=True)
class BuildSources:
    """The files that a build is planned from, as read.

    Attributes:
        changelog: content of the dir's `changelog.txt`.
        config: the dir's own settings.
        code: what a production image holds; none for others.
        commit: the newest commit, which images for others say that they are made from.
        release_version: of the code; empty: it is not released, or the image holds none.
        toolchain: `toolchain_states` where they are known; None: they are read.
    """

    changelog: str
    today: date
    config: DirConfig = field(default_factory=DirConfig)
    code: ProdCode | None = None
    commit: Commit | None = None
    release_version: str = ""
    toolchain: bytes | None = None


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """A build, before it is done.

    Attributes:
        reference: the name and tag that the image will get.
        also: further names of it.
        old_changelog: as it was when the plan was made.
        new_changelog: what is written once the image is built; empty: nothing is.
        target: the Dockerfile's stage; empty: its last.
        ending: what is added to the Dockerfile.
        args: of the Dockerfile, the base image excepted.
        made_from: what the image is made from, the base image excepted.
        base_image: what the image is built on, as the settings name it.
        requirements: files that its packages are installed from, where no tool exports them.
        in_context: those are the build's context, where the Dockerfile takes the dir's own from.
        archives: packages of the repo, by their places beside those files.
        sets_variables: using its packages sets variables, which only a build can say.
        left_out: dependencies that the image cannot hold.
        cache: where in the registry layers of such builds are; empty: nowhere.
    """

    runnable_dir: RunnableDir
    image_name: str
    version: Version
    stage: Stage
    platform: str
    reference: str
    also: tuple[str, ...]
    old_changelog: str
    new_changelog: str
    dockerfile: Path
    target: str
    ending: str
    args: Mapping[str, str]
    code: ProdCode | None
    commit: Commit | None
    made_from: MadeFrom
    base_image: str
    requirements: Mapping[str, str]
    in_context: bool
    archives: Mapping[str, Path]
    sets_variables: bool
    left_out: tuple[str, ...]
    fix_lock: str
    cache: str
    options: BuildOptions

    @property
    def content(self) -> str:
        """The hash of what the image is made from, the base image excepted."""
        return self.made_from.digest()

    def __str__(self) -> str:
        lines = [
            f"build {self.reference} for {self.platform}",
            f"on {self.base_image}",
            f"from {self.dockerfile}" + (f", stage {self.target}" if self.target else ""),
            *(f"with {name}={value}" for name, value in self.args.items() if value),
        ]
        if self.code and self.code.wheel:
            lines.append(f"install the wheel of {self.runnable_dir.name}, built from what is there")
        elif self.code and self.code.published:
            lines += [f"install {line}" for line in self.code.published.lines]
        elif self.code:
            files = counted(len(self.code.files), "file")
            lines.append(f"copy {files} of code to {self.code.folder}")
        if self.made_from.release_version:
            lines.append(f"label it with the version of its code: {self.made_from.release_version}")
        if self.new_changelog:
            entry = self.new_changelog[: -len(self.old_changelog)].strip().replace("\r\n", "\n")
            lines.append(f"then write to {self.runnable_dir.changelog}:\n{entry}")
        return "\n".join(lines)


def plan_build(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    sources: BuildSources,
    options: BuildOptions,
    platform: str = "",
) -> BuildPlan:
    """Decide what the build for one platform does; the host's own by default.

    Raises:
        HelpersError: the options contradict each other or the changelog, or a file that describes
            the image is malformed.
    """
    path = str(runnable_dir.changelog.relative_to(repo.root))
    repo = repo.of(runnable_dir.name)
    new_changelog, planned = _planned_version(path, sources, options)
    platform = platform or host.platform
    recipe = _recipe(repo, runnable_dir, sources, options)
    locked, target = recipe.locked, recipe.target
    name = repo.image_name(planned.image_name)
    return BuildPlan(
        runnable_dir=runnable_dir,
        image_name=planned.image_name,
        version=planned.version,
        stage=options.stage,
        platform=platform,
        reference=_reference(name, planned.version, host, options, platform),
        also=_also(name, host, options, platform),
        old_changelog=sources.changelog,
        new_changelog=new_changelog,
        dockerfile=recipe.dockerfile,
        # A production image is a stage that we add to the Dockerfile.
        target=(PROD_TEST if options.for_tests else PROD_IMAGE) if sources.code else target,
        ending=recipe.ending,
        args=recipe.args,
        code=sources.code,
        commit=sources.commit,
        made_from=_made_from(repo, runnable_dir, sources, recipe, platform),
        base_image=recipe.base_image,
        requirements=locked.files,
        in_context=locked.in_context,
        archives=locked.archives,
        sets_variables=locked.sets_variables,
        left_out=locked.local_packages if sources.code is None else (),
        fix_lock=locked.fix,
        cache=f"{name}:buildcache-{target or options.stage}-{architecture(platform)}"
        if repo.config.build_cache
        else "",
        options=options,
    )


def _planned_version(
    path: str, sources: BuildSources, options: BuildOptions
) -> tuple[str, Changelog]:
    """The text of the changelog with a new entry, and what it says then.

    The text is empty where no version begins.
    """
    current = parse_changelog(sources.changelog, path)
    _check_options(current, options)
    if not options.bump:
        return "", current
    text = bump_changelog(sources.changelog, path, options.bump, options.message, sources.today)
    return text, parse_changelog(text, path)


@dataclass(frozen=True, slots=True)
class _Recipe:
    """Which Dockerfile is built, and with what.

    Attributes:
        is_own: it is the dir's own, not the toolchain's.
        target: the stage of it; empty: its last.
        ending: what is added to it.
    """

    dockerfile: Path
    is_own: bool
    base_image: str
    target: str
    ending: str
    locked: Locked = Locked("none", "")
    args: Mapping[str, str] = field(default_factory=dict)


def _recipe(
    repo: Repo, runnable_dir: RunnableDir, sources: BuildSources, options: BuildOptions
) -> _Recipe:
    own, config = runnable_dir.devops / "Dockerfile", sources.config
    shared = repo.toolchain / _DOCKERFILE
    # The toolchain's own checkout is a runnable dir too: its Dockerfile is the shared one.
    is_own = own.is_file() and own.resolve() != shared.resolve()
    dockerfile = own if is_own else shared
    shown = str(own.relative_to(repo.root))
    recipe = _Recipe(
        dockerfile=dockerfile,
        is_own=is_own,
        base_image=base_image_of(repo, runnable_dir.name, config),
        target=_target(dockerfile, options.stage, shown, for_tests=options.for_tests),
        ending=dockerfile_ending(sources.code, config) if sources.code else "",
    )
    ending = ci_image.ci_stage(runnable_dir, options.stage, recipe.base_image, is_own=is_own)
    if is_own:
        return recipe
    check_python(repo, runnable_dir, config)
    locked = read_locked(runnable_dir.root)
    args = _args(repo, runnable_dir, locked, config)
    if not ending:
        return replace(recipe, locked=locked, args=args)
    args |= ci_image.ci_args(runnable_dir)
    return replace(recipe, locked=locked, args=args, target=ci_image.TARGET, ending=ending)


def _made_from(
    repo: Repo, runnable_dir: RunnableDir, sources: BuildSources, recipe: _Recipe, platform: str
) -> MadeFrom:
    if recipe.is_own:
        # We do not know which files it copies: all of them count.
        texts, files = [], file_states(runnable_dir.root, list_files(runnable_dir.root))
    else:
        known = sources.toolchain
        texts = [repr(sorted(recipe.args.items()))]
        files = toolchain_states(repo) if known is None else known
        if recipe.locked.sets_variables:
            files += file_states(repo.toolchain, _LINKING)
    return MadeFrom(
        names=(repo.config.name, repo.own_name(runnable_dir.name)),
        packages=recipe.locked.content,
        settings=[*texts, recipe.ending, recipe.target, platform, recipe.base_image],
        files=files,
        own=recipe.is_own,
        code=sources.code,
        commit=sources.commit,
        release_version=sources.release_version,
    )


def toolchain_states(repo: Repo) -> bytes:
    """The states of the toolchain's files that images are made from, for every dir the same."""
    return file_states(repo.toolchain, _TOOLCHAIN_FILES)


def as_candidate(repo: Repo, host: Host, plan: BuildPlan, tag: str) -> BuildPlan:
    """The same build, named as the candidate with that tag."""
    options = replace(plan.options, candidate=tag)
    name = repo.image_name(plan.image_name)
    return replace(
        plan,
        reference=_reference(name, plan.version, host, options, plan.platform),
        also=_also(name, host, options, plan.platform),
        options=options,
    )


def _reference(
    name: ImageName, version: Version, host: Host, options: BuildOptions, platform: str
) -> str:
    ending = variant(platform, host.platform)
    if options.candidate:
        return name.candidate(options.candidate, ending)
    if options.releasing:
        what = f"test-{ending}" if options.for_tests else ending
        return name.releasing(options.stage, version, options.releasing, what.strip("-"))
    return name.tagged(options.stage, version, host.user.name, ending)


def _also(name: ImageName, host: Host, options: BuildOptions, platform: str) -> tuple[str, ...]:
    """The floating tag: on this engine it names the newest build of the stage."""
    if options.stage is Stage.LOCAL or options.releasing or options.candidate:
        return ()
    return (name.tagged(options.stage, None, variant=variant(platform, host.platform)),)


@lru_cache(maxsize=8)
def _stage_names(dockerfile: str) -> list[str]:
    return [match["name"] for match in _STAGE_NAME.finditer(dockerfile)]


def _target(dockerfile: Path, stage: Stage, shown: str, *, for_tests: bool) -> str:
    """The stage of a Dockerfile that makes an image; empty: its last.

    Raises:
        HelpersError: there is none for production.
    """
    names = _stage_names(dockerfile.read_text("utf-8"))
    wanted = "prod" if stage is Stage.PROD else "dev"
    if for_tests and _TEST_PACKAGES not in names:
        raise HelpersError(
            f"the dir's own Dockerfile has no stage {_TEST_PACKAGES}, so its production image"
            " cannot be tested",
            where=shown,
            fix="add one that holds what pytest needs below /made/layer/opt/test_packages",
        )
    if wanted in names:
        return wanted
    if stage is Stage.PROD:
        raise HelpersError(
            "the dir's own Dockerfile has no stage 'prod'",
            where=shown,
            fix="add a stage: FROM ... AS prod   (its code is in the context 'code')",
        )
    return ""


def _check_options(current: Changelog, options: BuildOptions) -> None:
    if options.bump and options.version:
        raise HelpersError("--bump and --version exclude each other", fix="give one of them")
    if options.message and not options.bump:
        raise HelpersError("--message needs --bump", fix="add --bump major, minor or patch")
    if options.version and options.version != current.version:
        backwards = options.version < current.version
        raise HelpersError(
            f"--version {options.version} is not the changelog's {current.version}"
            + (": versions never go backwards" if backwards else ""),
            where=f"{current.path}:{current.entries[0].line}",
            fix=f"--version {current.version}; or first i docker_build_local_image"
            f" {dir_option(current.dir)} --bump minor --message '<what changed>'",
        )


def package_args(runnable_dir: RunnableDir) -> dict[str, str]:
    """The Dockerfile's arguments that name a dir's OS packages.

    Raises:
        HelpersError: a list is malformed.
    """
    return {
        "OS_PACKAGES": " ".join(read_os_packages(runnable_dir)),
        "DEV_OS_PACKAGES": " ".join(read_os_packages(runnable_dir, DEV_FILE_NAME)),
    }


def snapshot_args(repo: Repo) -> dict[str, str]:
    """The Dockerfile's arguments that fix the day of Debian's packages."""
    if not repo.config.package_snapshot:
        return {}
    return {
        "PACKAGE_SNAPSHOT": repo.config.package_snapshot,
        "PACKAGE_MIRROR": repo.config.package_mirror,
    }


def _args(
    repo: Repo, runnable_dir: RunnableDir, locked: Locked, config: DirConfig
) -> dict[str, str]:
    args = {
        "LOCKER": locked.locker,
        **package_args(runnable_dir),
        "PROD_GROUPS": prod_options(locked, config.prod_extras, config.prod_groups),
        "DEV_GROUPS": dev_options(locked, config.extras, config.groups),
    }
    args |= snapshot_args(repo)
    if locked.sets_variables:
        args["ENVIRONMENT"] = "conda"
        args["ALLOW_LINK_SCRIPTS"] = " ".join(config.allow_link_scripts)
    if not locked.checked_by_tool:
        args["UV_LOCK_CHECK"] = "--frozen"
    return {name: value for name, value in args.items() if value}
