"""Tasks that share images with others: release, push, roll back, pull, look."""

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from helpers.console.plain_run_view import PlainRunView
    from helpers.inputs.repo_inputs import RepoInputs
    from helpers.model.image import Stage
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.release.plan import ReleaseOptions
    from helpers.release.release import Releaser
    from helpers.system.host import Host

_HELP = {
    "dir": "the runnable dir; default: the nearest one at or above the current directory",
    "all": "every runnable dir, one after the other",
    "version": "a check: fail unless it is the changelog's version",
    "platform": "linux/amd64, linux/arm64 or both with a comma; default: the settings'",
    "registry": "a name among `registries` in repo_config.yaml; repeatable; default: the first",
    "force": "release although something is not committed or pushed; takes the reason",
    "suite": "the tests that must pass: fast, slow, superslow, all; default: fast",
    "test_platforms": "the platforms on which the tests run: own or all; default: own",
    "dry_run": "print every step, and change nothing",
}


def _help(*names: str, **other: str) -> dict[str, str]:
    return {name: _HELP[name] for name in names} | other


_RELEASE = _help(*_HELP)
_PUSH = _help("dir", "all", "version", "platform", "registry", "force", "dry_run")
_ROLLBACK = _help("dir", "all", "registry", "dry_run", version="the version to go back to")


class _Wanted(NamedTuple):
    """The options of a task, as the user gave them."""

    stage: str
    dir: str = ""
    all: bool = False
    version: str = ""
    platform: str = ""
    registry: "Iterable[str]" = ()
    force: str = ""
    suite: str = "fast"
    test_platforms: str = "own"
    dry_run: bool = False


@task(help=_RELEASE, iterable=["registry"])
def docker_release_dev_image(
    context: Context,
    dir: str = "",
    all: bool = False,
    version: str = "",
    platform: str = "",
    registry: list[str] | None = None,
    force: str = "",
    suite: str = "fast",
    test_platforms: str = "own",
    dry_run: bool = False,
) -> None:
    """Release the team's image: check, build, test, push by digest, move the tags."""
    wanted = _Wanted("dev", dir, all, version, platform, registry or (), force, suite,
                     test_platforms, dry_run)  # fmt: skip
    cli.run_job(lambda host: _release(host, wanted))


@task(help=_RELEASE, iterable=["registry"])
def docker_release_prod_image(
    context: Context,
    dir: str = "",
    all: bool = False,
    version: str = "",
    platform: str = "",
    registry: list[str] | None = None,
    force: str = "",
    suite: str = "fast",
    test_platforms: str = "own",
    dry_run: bool = False,
) -> None:
    """Release the production image: check, build, test, push by digest, move the tags."""
    wanted = _Wanted("prod", dir, all, version, platform, registry or (), force, suite,
                     test_platforms, dry_run)  # fmt: skip
    cli.run_job(lambda host: _release(host, wanted))


@task(help=_PUSH, iterable=["registry"])
def docker_push_dev_image(
    context: Context,
    dir: str = "",
    all: bool = False,
    version: str = "",
    platform: str = "",
    registry: list[str] | None = None,
    force: str = "",
    dry_run: bool = False,
) -> None:
    """Push the team's image without testing it; the one that is on this engine."""
    wanted = _Wanted("dev", dir, all, version, platform, registry or (), force, dry_run=dry_run)
    cli.run_job(lambda host: _push(host, wanted))


@task(help=_PUSH, iterable=["registry"])
def docker_push_prod_image(
    context: Context,
    dir: str = "",
    all: bool = False,
    version: str = "",
    platform: str = "",
    registry: list[str] | None = None,
    force: str = "",
    dry_run: bool = False,
) -> None:
    """Push the production image without testing it; the one that is on this engine."""
    wanted = _Wanted("prod", dir, all, version, platform, registry or (), force, dry_run=dry_run)
    cli.run_job(lambda host: _push(host, wanted))


@task(help=_ROLLBACK, iterable=["registry"])
def docker_rollback_dev_image(
    context: Context,
    version: str,
    dir: str = "",
    all: bool = False,
    registry: list[str] | None = None,
    dry_run: bool = False,
) -> None:
    """Point `dev` back at an earlier version; only in the registry."""
    wanted = _Wanted("dev", dir, all, version, registry=registry or (), dry_run=dry_run)
    cli.run_job(lambda host: _roll_back(host, wanted))


@task(help=_ROLLBACK, iterable=["registry"])
def docker_rollback_prod_image(
    context: Context,
    version: str,
    dir: str = "",
    all: bool = False,
    registry: list[str] | None = None,
    dry_run: bool = False,
) -> None:
    """Point `prod` back at an earlier version; only in the registry."""
    wanted = _Wanted("prod", dir, all, version, registry=registry or (), dry_run=dry_run)
    cli.run_job(lambda host: _roll_back(host, wanted))


@task(help=_help("dir", "all", "platform", "registry", "dry_run"), iterable=["registry"])
def docker_create_candidate_image(
    context: Context,
    dir: str = "",
    all: bool = False,
    platform: str = "",
    registry: list[str] | None = None,
    dry_run: bool = False,
) -> None:
    """Build and push an image for a test environment; it is not released."""
    wanted = _Wanted("prod", dir, all, "", platform, registry or (), dry_run=dry_run)
    cli.run_job(lambda host: _create_candidate(host, wanted))


@task(help=_help("dir", "all", "dry_run", version="the local version; default: the changelog's"))
def docker_tag_local_image_as_dev(
    context: Context, dir: str = "", all: bool = False, version: str = "", dry_run: bool = False
) -> None:
    """Tag the local image as the team's; only on this engine."""
    wanted = _Wanted("dev", dir, all, version, dry_run=dry_run)
    cli.run_job(lambda host: _tag_local(host, wanted))


@task(
    help=_help(
        "dir", "all", "platform", "registry", "dry_run",
        stage="dev or prod; default: dev", version="a released version; default: the current one",
    ),
    iterable=["registry"],
)  # fmt: skip
def docker_pull(
    context: Context,
    dir: str = "",
    all: bool = False,
    stage: str = "dev",
    version: str = "",
    platform: str = "",
    registry: list[str] | None = None,
    dry_run: bool = False,
) -> None:
    """Pull a released image to this engine."""
    wanted = _Wanted(stage, dir, all, version, platform, registry or (), dry_run=dry_run)
    cli.run_job(lambda host: _pull(host, wanted))


@task(
    help=_help(
        "dir",
        registry="a name among `registries` in repo_config.yaml; repeatable; default: all",
        local="only those on this engine; asks no registry",
    ),
    iterable=["registry"],
)  # fmt: skip
def docker_images(
    context: Context, dir: str = "", registry: list[str] | None = None, local: bool = False
) -> None:
    """List the images here and in the registries; default: of all dirs."""
    wanted = _Wanted("", dir, registry=registry or ())
    cli.run_job(lambda host: _list_images(host, wanted, local))


@task(
    help=_help("dir", "registry", stage="dev or prod; default: both"),
    iterable=["registry"],
)
def docker_history(
    context: Context, dir: str = "", stage: str = "", registry: list[str] | None = None
) -> None:
    """Say who released which version when; from what the registry has."""
    wanted = _Wanted(stage, dir, registry=registry or ())
    cli.run_job(lambda host: _history(host, wanted))


@task(
    help=_help(
        "dir", "registry", stage="dev or prod; default: prod", json="print all of it as JSON",
        version="a released version; default: the current one",
    ),
    iterable=["registry"],
)  # fmt: skip
def docker_verify(
    context: Context,
    dir: str = "",
    stage: str = "prod",
    version: str = "",
    registry: list[str] | None = None,
    json: bool = False,
) -> None:
    """Verify a released image; show its provenance and its packages."""
    wanted = _Wanted(stage, dir, False, version, registry=registry or ())
    cli.run_job(lambda host: _verify(host, wanted, json))


@task(
    help=_help(
        "dir", "dry_run", stage="local, dev or prod; default: local", version="the image's version",
        platform="the image's platform; default: this machine's",
    )
)  # fmt: skip
def docker_remove_image(
    context: Context,
    version: str,
    dir: str = "",
    stage: str = "local",
    platform: str = "",
    dry_run: bool = False,
) -> None:
    """Remove an image of a dir from this engine; registries keep theirs."""
    wanted = _Wanted(stage, dir, False, version, platform, dry_run=dry_run)
    cli.run_job(lambda host: _remove(host, wanted))


@task(help={"registry": _HELP["registry"], "username": "the user name; default: the task asks",
            "dry_run": _HELP["dry_run"]})  # fmt: skip
def docker_login(
    context: Context, registry: str = "", username: str = "", dry_run: bool = False
) -> None:
    """Log in to a registry; the password comes from the terminal or standard input."""
    cli.run_job(lambda host: _login(host, registry, username, dry_run))


# --- Release, push, roll back -------------------------------------------------------------------


def _release(host: "Host", wanted: _Wanted) -> int:
    from helpers.release.plan import plan_release

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        inputs = _inputs(releaser.repo, wanted)
        plan = plan_release(releaser.repo, item, host, _options(wanted), inputs)
        released = releaser.check(plan) if wanted.dry_run else releaser.release(plan)
        if released is None:
            return str(plan)
        done = "released" if released.anew else "was released already"
        return f"{released.reference} {done}: {released.digest}"

    return _each(host, wanted, one)


def _push(host: "Host", wanted: _Wanted) -> int:
    from helpers.release.earlier_builds import plan_push

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        plan = plan_push(releaser.client, releaser.repo, item, host, _options(wanted))
        if wanted.dry_run:
            releaser.check(plan)
            return str(plan)
        released = releaser.push(plan, plan.references)
        return f"{released.reference} pushed: {released.digest}"

    return _each(host, wanted, one)


def _roll_back(host: "Host", wanted: _Wanted) -> int:
    from helpers.model.image import Stage
    from helpers.model.version import Version
    from helpers.release.plan import RollbackPlan
    from helpers.release.rollback import roll_back
    from helpers.release.targets import registries
    from helpers.system.repo_files import read_changelog

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        plan = RollbackPlan(
            item,
            Stage(wanted.stage),
            Version.parse(wanted.version),
            read_changelog(item).image_name,
            registries(releaser.repo, tuple(wanted.registry)),
        )
        if wanted.dry_run:
            return str(plan)
        return "\n".join(map(str, roll_back(releaser, plan)))

    return _each(host, wanted, one)


def _create_candidate(host: "Host", wanted: _Wanted) -> int:
    from helpers.release.candidate import create_candidate, plan_candidate

    platforms = cli.read_platforms(wanted.platform)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        inputs = _inputs(releaser.repo, wanted)
        plan = plan_candidate(releaser, item, platforms, tuple(wanted.registry), inputs)
        if wanted.dry_run:
            return str(plan)
        return "\n".join(create_candidate(releaser, item, plan))

    return _each(host, wanted, one)


def _tag_local(host: "Host", wanted: _Wanted) -> int:
    from helpers.release.earlier_builds import plan_dev_tags, tag_images

    version = _version(wanted)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        plan = plan_dev_tags(releaser.client, releaser.repo, item, host, version)
        if not wanted.dry_run:
            tag_images(releaser.client, plan)
        return "\n".join(str(tagging) for tagging in plan)

    return _each(host, wanted, one)


def _pull(host: "Host", wanted: _Wanted) -> int:
    from helpers.release.pull import plan_pull, pull
    from helpers.release.targets import open_access, targets
    from helpers.system.repo_files import read_changelog

    stage = _released_stage(wanted.stage)
    platforms = cli.read_platforms(wanted.platform) or ("",)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        repo = releaser.repo
        access = open_access(repo, host, releaser.listen)
        name = read_changelog(item).image_name
        (target, *_) = targets(repo, access, item, name, tuple(wanted.registry))
        lines = []
        for platform in platforms:
            plan = plan_pull(repo, host, target, stage, _version(wanted), platform)
            if wanted.dry_run:
                lines.append(str(plan))
                continue
            pulled = pull(releaser.client, repo, host, plan, releaser.listen)
            lines.append(f"{plan.names[0]} is {pulled.digest}")
            lines.append(f"  manifest of {plan.platform}: {pulled.manifest}")
        return "\n".join(lines)

    return _each(host, wanted, one)


def _each(host: "Host", wanted: _Wanted, one: "Callable[[Releaser, RunnableDir], str]") -> int:
    """Do it for every dir that is meant; one that fails does not stop the others."""
    from dataclasses import replace

    from helpers.console.errors import print_error
    from helpers.model.errors import HelpersError
    from helpers.model.events import ReleaseEnded
    from helpers.model.runnable_dir import shown_name
    from helpers.release.release import Releaser

    repo, client = cli.open_repo(host)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    if wanted.all and wanted.stage == "prod":
        dirs = cli.with_entrypoint(dirs)
    errors: dict[str, HelpersError] = {}
    with _listener(repo) as listen:
        releaser = Releaser(client, repo, host, listen)
        for item in dirs:
            try:
                print(one(replace(releaser, repo=repo.of(item.name)), item), flush=True)
            except HelpersError as error:
                if not wanted.all:
                    raise
                # What is wrong with the repo is told once, and not for each dir.
                if str(error) not in map(str, errors.values()):
                    print_error(error, sys.stderr)
                errors[item.name] = error
            finally:
                listen(ReleaseEnded(item.name))
    if errors:
        names = [shown_name(name, cli.root_name(repo)) for name in errors]
        print(f"failed: {', '.join(names)}; done: {len(dirs) - len(errors)} of {len(dirs)} dirs")
    return 2 if errors else 0


def _inputs(repo: "Repo", wanted: _Wanted) -> "RepoInputs | None":
    """What dirs can see, where production images are planned; a dry run writes no file for it."""
    if wanted.stage != "prod":
        return None
    from helpers.inputs.repo_inputs import read_repo_inputs

    return read_repo_inputs(repo, keep=not wanted.dry_run)


def _listener(repo: "Repo") -> "PlainRunView":
    from helpers.console.plain_run_view import PlainRunView

    return PlainRunView(sys.stderr, cli.root_name(repo))


def _options(wanted: _Wanted) -> "ReleaseOptions":
    from helpers.model.errors import HelpersError
    from helpers.model.image import Stage
    from helpers.model.results import Suite
    from helpers.model.spelling import nearest_value
    from helpers.release.plan import ReleaseOptions

    if wanted.test_platforms not in ("own", "all"):
        raise HelpersError(
            f"--test-platforms takes own or all; not {wanted.test_platforms!r}",
            fix=nearest_value("--test-platforms", wanted.test_platforms, ("own", "all")),
        )
    return ReleaseOptions(
        stage=Stage(wanted.stage),
        version=_version(wanted),
        platforms=cli.read_platforms(wanted.platform),
        registries=tuple(wanted.registry),
        forced=wanted.force.strip(),
        suite=cli.read_choice(Suite, wanted.suite, "--suite"),
        test_all_platforms=wanted.test_platforms == "all",
    )


def _released_stage(text: str) -> "Stage":
    """A stage whose images are in registries."""
    from helpers.model.errors import HelpersError
    from helpers.model.image import Stage

    stage = cli.read_choice(Stage, text, "--stage")
    if stage is Stage.LOCAL:
        raise HelpersError(
            "local images are on this engine alone, and in no registry",
            fix="--stage dev or --stage prod   (i docker_images --local lists those here)",
        )
    return stage


def _version(wanted: _Wanted) -> Any:
    from helpers.model.version import Version

    return Version.parse(wanted.version) if wanted.version else None


# --- Look ---------------------------------------------------------------------------------------


def _list_images(host: "Host", wanted: _Wanted, local: bool) -> int:
    from dataclasses import replace

    from helpers.console.errors import print_error
    from helpers.console.images import print_half_moved, print_images
    from helpers.model.errors import HelpersError
    from helpers.model.published_images import HalfMoved, ListedImage, each_once
    from helpers.model.runnable_dir import shown_name
    from helpers.release.inventory import find_half_moved, list_local_images, list_remote_images
    from helpers.release.targets import open_access, registries

    repo, client = cli.open_repo(host)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=not wanted.dir)
    if wanted.registry and not any(own.config.registries for own in repo.every()):
        registries(repo, tuple(wanted.registry))  # says that there is none
    found: list[ListedImage] = []
    half: list[HalfMoved] = []
    troubles: list[HelpersError] = []
    try:
        found += list_local_images(client, repo, dirs)
    except HelpersError as error:
        troubles.append(error)
    for own in () if local else repo.every():
        of_repo = [item for item in dirs if repo.of(item.name).place == own.place]
        if of_repo and own.config.registries:
            access = open_access(own, host, _listener(repo))
            names = tuple(wanted.registry or own.config.registries)
            before = len(troubles)
            found += list_remote_images(own, access, of_repo, names, troubles.append)
            # Where one does not answer nothing can be said of what it was to follow.
            if len(troubles) == before:
                half += find_half_moved(own, access, of_repo, names)
    if found or not troubles:
        root = cli.root_name(repo)
        print_images([replace(one, dir=shown_name(one.dir, root)) for one in each_once(found)])
    print_half_moved(half)
    for trouble in troubles:
        print_error(trouble, sys.stderr)
    return 2 if troubles else 0


def _history(host: "Host", wanted: _Wanted) -> None:
    from helpers.console.images import print_history, print_rollbacks
    from helpers.model.image import Stage
    from helpers.release.inventory import read_history, read_rollbacks
    from helpers.release.targets import open_access
    from helpers.vcs.chosen_dir import find_dir

    repo = cli.find_repo(host)
    item = find_dir(repo, host.directory, wanted.dir)
    repo = repo.of(item.name)
    stages = [_released_stage(wanted.stage)] if wanted.stage else [Stage.DEV, Stage.PROD]
    access = open_access(repo, host, _listener(repo))
    asked = (repo, access, item, stages, tuple(wanted.registry))
    print_history([(str(target), version) for target, version in read_history(*asked)])
    print_rollbacks([(str(target), move) for target, move in read_rollbacks(*asked)])


def _verify(host: "Host", wanted: _Wanted, json: bool) -> None:
    from helpers.console.images import print_verified
    from helpers.release.targets import open_access, targets
    from helpers.release.verify import verify
    from helpers.system.repo_files import read_changelog
    from helpers.vcs.chosen_dir import find_dir

    repo = cli.find_repo(host)
    item = find_dir(repo, host.directory, wanted.dir)
    repo = repo.of(item.name)
    stage = _released_stage(wanted.stage)
    version = _version(wanted)
    access = open_access(repo, host, _listener(repo))
    name = read_changelog(item).image_name
    for target in targets(repo, access, item, name, tuple(wanted.registry)):
        tag = f"{stage}-{version}" if version else str(stage)
        index, found = verify(target, tag)
        print_verified(f"{target}:{tag}", index.descriptor.digest, found, as_json=json)


# --- Keep house ---------------------------------------------------------------------------------


def _remove(host: "Host", wanted: _Wanted) -> None:
    from helpers.engine.containers import untag_image
    from helpers.images.resolve import choose_image
    from helpers.model.image import Stage
    from helpers.system.repo_files import read_changelog
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.open_repo(host)
    item = find_dir(repo, host.directory, wanted.dir)
    stage = cli.read_choice(Stage, wanted.stage, "--stage")
    (platform, *_) = cli.read_platforms(wanted.platform) or ("",)
    chosen = choose_image(
        client, repo, read_changelog(item), host, stage, _version(wanted), platform
    )
    if not wanted.dry_run:
        untag_image(client, chosen.reference)
    print(f"remove {chosen.reference}" if wanted.dry_run else f"removed {chosen.reference}")


def _login(host: "Host", registry: str, username: str, dry_run: bool) -> int:
    from helpers.system.process import attach

    repo = cli.find_repo(host)
    address = _login_address(repo, registry)
    command = ["docker", "login", address]
    command += ["--username", username] if username else []
    if not host.input_is_terminal:
        command.append("--password-stdin")
    if dry_run:
        from helpers.system.process import printable

        print(printable(command))
        return 0
    return attach(command)


def _login_address(repo: "Repo", registry: str) -> str:
    """Host and port; the settings know registries by their names, messages by their hosts."""
    from helpers.release.targets import registries

    known = [one for own in repo.every() for one in own.config.registries.values()]
    if registry and any(registry == one.partition("/")[0] for one in known):
        return registry
    named = (own for own in repo.every() if registry in own.config.registries)
    found = registries(next(named, repo), (registry,) if registry else ())
    return next(iter(found.values())).partition("/")[0]
