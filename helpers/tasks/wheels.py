"""The task that builds wheels of dirs."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import OneOrMore, option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpers.inputs.repo_inputs import RepoInputs
    from helpers.model.repo import Repo
    from helpers.system.host import Host
    from helpers.wheels.options import BuildOptions


class BuildWheels(OneOrMore):
    """Which wheels are built, and how."""

    dir: str = option(
        "the runnable dir, or any package of the repo by its folder; default: the nearest runnable"
        " dir at or above the current directory",
        default="",
    )
    all: bool = option("every runnable dir that is a package", default=False)
    changed_since: str = option(
        "only dirs that are affected by a change since a branch, tag or commit", default=""
    )
    mode: str = option(
        "vendor: packages by path are in the wheel; pin: they are wheels that it requires",
        default="vendor",
    )
    locked: bool = option("pin third-party packages to the lock file", default=False)
    sdist: bool = option("make source distributions as well", default=False)
    with_data: bool = option(
        "tests are in the wheel, and the data files that stand in packages are declared",
        default=False,
    )
    version: str = option("the version; default: as commits or pyproject.toml say", default="")
    out: str = option("the folder for wheels", default="dist")
    dry_run: bool = option("print what would be built, and build nothing", default=False)


@command()
def package_build(host: "Host", wanted: BuildWheels) -> int:
    """Build wheels that install anywhere: of a dir and the packages that it uses by path."""
    from helpers.console.foreign import printable
    from helpers.console.wheel_contents import contents_lines
    from helpers.tasks.builds import shown_builds
    from helpers.tasks.signals import end_as_interrupted
    from helpers.wheels.build import build_packages, look

    repo = cli.find_repo(host).outermost
    options = options_of(host, wanted)
    inputs = inputs_of(repo, host, wanted.dir)
    names = names_of(repo, inputs, host, wanted)
    options = with_versions(options, repo, inputs, names)
    if wanted.dry_run:
        plans, found = look(inputs, names, options, host)
        for plan in plans:
            there = [str(one.path) for one in found[plan.place]]
            print(f"nothing changed: {', '.join(there)}" if there else f"would {plan}")
        return 0
    end_as_interrupted()
    with shown_builds(host, cli.root_name(repo)) as listen:
        wheels = build_packages(inputs, names, options, host, listen)
    for wheel in wheels:
        near = wheel.path.is_relative_to(host.directory)
        shown = printable(str(wheel.path.relative_to(host.directory) if near else wheel.path))
        size = wheel.path.stat().st_size
        print(
            f"built {shown} ({size:,} bytes)"
            if wheel.changed
            else f"nothing changed, nothing built: {shown}"
        )
        if wheel.sdist:
            print(f"with its source distribution {printable(wheel.sdist.name)}")
        for line in contents_lines(wheel):
            print(printable(line))
    return 0


def options_of(host: "Host", wanted: BuildWheels) -> "BuildOptions":
    """How wheels are built.

    Raises:
        HelpersError: a value is none that there is.
    """
    from helpers.model.wheel import Mode
    from helpers.wheels.options import BuildOptions

    if wanted.mode not in list(Mode):
        raise HelpersError(
            f"--mode {wanted.mode!r}: expected one of {', '.join(Mode)}", fix="--mode vendor"
        )
    out = (host.directory / wanted.out).resolve()
    if out.exists() and not out.is_dir():
        raise HelpersError(f"--out {wanted.out} is no folder", where=str(out), fix="--out dist")
    return BuildOptions(
        out=out,
        mode=Mode(wanted.mode),
        locked=wanted.locked,
        sdist=wanted.sdist,
        version=wanted.version,
        with_data=wanted.with_data,
    )


def with_versions(
    options: "BuildOptions", repo: "Repo", inputs: "RepoInputs", names: "Sequence[str]"
) -> "BuildOptions":
    """The options with the versions of dirs whose code is released, unless the user says one.

    Raises:
        HelpersError: the version of a dir cannot be said.
    """
    from dataclasses import replace

    from helpers.release.versions_now import wheel_versions

    if options.version:
        return options
    return replace(options, versions=wheel_versions(repo, names, inputs, cli.teller(repo)))


def inputs_of(repo: "Repo", host: "Host", wanted: str) -> "RepoInputs":
    """The inputs of the repo, with a package that is meant and that no dir may depend on."""
    from helpers.inputs.repo_inputs import read_repo_inputs

    return read_repo_inputs(repo, besides=filter(None, [_package(repo, host, wanted)]))


def names_of(repo: "Repo", inputs: "RepoInputs", host: "Host", wanted: BuildWheels) -> list[str]:
    """The dirs whose wheels are wanted; those that are left out are told, with the reason."""
    from helpers.inputs.affected_dirs import changes_since
    from helpers.model.runnable_dir import shown_name
    from helpers.wheels.plan import is_package

    package = "" if wanted.several else _package(repo, host, wanted.dir)
    if package:
        names = [package]
    else:
        names = [item.name for item in cli.find_dirs(repo, host, wanted.dir, all=wanted.all)]
    root_name = cli.root_name(repo)
    if wanted.several:
        reasons = {name: is_package(inputs, name) for name in names}
        for name, reason in reasons.items():
            if reason:
                print(f"skipped {shown_name(name, root_name)}: {reason}")
        names = [name for name in names if not reasons[name]]
        if not names:
            raise HelpersError(
                "no dir of this repo is a package",
                where="\n".join(f"{name}: {reason}" for name, reason in reasons.items()),
                fix="add [build-system] to the pyproject.toml of one",
            )
    if wanted.changed_since:
        changed = set(changes_since(repo, wanted.changed_since, inputs).dirs)
        left = [name for name in names if name not in changed]
        for name in left:
            since = wanted.changed_since
            print(f"skipped {shown_name(name, root_name)}: unchanged since {since}")
        names = [name for name in names if name in changed]
    return names


def _package(repo: "Repo", host: "Host", wanted: str) -> str:
    """A package that is no runnable dir, relative to the repo's root; empty: it is none."""
    from helpers.model.runnable_dir import CHANGELOG, DEVOPS, relative_name

    if not wanted:
        return ""
    for folder in (host.directory / wanted, repo.root / wanted):
        inside = folder.is_dir() and folder.resolve().is_relative_to(repo.root)
        if inside and (folder / "pyproject.toml").is_file():
            own = (folder / CHANGELOG).is_file() and (folder / DEVOPS).is_dir()
            return "" if own else relative_name(repo.root, folder.resolve())
    return ""
