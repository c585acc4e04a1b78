"""What tasks of releases have in common: their options, and one dir after the other."""

import inspect
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import CommandTask, task

if TYPE_CHECKING:
    from helpers.console.plain_run_view import PlainRunView
    from helpers.inputs.repo_inputs import RepoInputs
    from helpers.model.images.name import Stage
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.model.version import Version
    from helpers.release.owner import Releaser
    from helpers.release.plan import ReleaseOptions
    from helpers.system.host import Host

HELP = {
    "dir": "the runnable dir; default: the nearest one at or above the current directory",
    "all": "every runnable dir, one after the other",
    "stage": "dev or prod",
    "version": "a check: fail unless it is the changelog's version",
    "platform": "linux/amd64, linux/arm64 or both with a comma; default: the settings'",
    "registry": "a name among `registries` in repo_config.yaml; repeatable; default: the first",
    "force": "release although something is not committed or pushed; takes the reason",
    "suite": "the tests that must pass: fast, slow, superslow, all; default: fast",
    "test_platforms": "the platforms on which the tests run: own or all; default: own",
    "dry_run": "print every step, and change nothing",
}


def help_of(*names: str, **other: str) -> dict[str, str]:
    """The help of these options, and of others."""
    return {name: HELP[name] for name in names} | other


# Whose the images of a stage are.
_WHOSE = {"dev": "the team's image", "prod": "the production image"}


class Wanted(NamedTuple):
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


def with_stages(job: CommandTask) -> CommandTask:
    """Keep the names that a job had before it took `--stage`: one for each stage."""
    job.short = tuple(_at_stage(job, stage) for stage in _WHOSE)
    return job


def _at_stage(job: CommandTask, stage: str) -> CommandTask:
    def body(context: Context, **options: Any) -> None:
        job.body(context, stage=stage, **options)

    given = inspect.signature(job.body)
    left = [one for one in given.parameters.values() if one.name != "stage"]
    vars(body)["__signature__"] = given.replace(parameters=left)
    body.__name__ = job.name.replace("_image", f"_{stage}_image")
    says = (job.__doc__ or "").replace("an image", _WHOSE[stage])
    body.__doc__ = f"{says}\n\nShort for `{job.name} --stage {stage}`."
    help = {name: text for name, text in job.help.items() if name != "stage"}
    made: CommandTask = task(help=help, iterable=list(job.iterable))(body)
    return made


def each_dir(host: "Host", wanted: Wanted, one: "Callable[[Releaser, RunnableDir], str]") -> int:
    """Do it for every dir that is meant; one that fails does not stop the others."""
    from dataclasses import replace

    from helpers.console.errors import print_error
    from helpers.model.errors import HelpersError
    from helpers.model.events import ReleaseEnded
    from helpers.model.runnable_dir import shown_name
    from helpers.release.owner import Releaser

    repo, client = cli.open_repo(host)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    if wanted.all and wanted.stage == "prod":
        dirs = cli.with_entrypoint(dirs)
    errors: dict[str, HelpersError] = {}
    with listener(repo) as listen:
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


def read_inputs(repo: "Repo", wanted: Wanted) -> "RepoInputs | None":
    """What dirs can see, where production images are planned; a dry run writes no file for it."""
    if wanted.stage != "prod":
        return None
    from helpers.inputs.repo_inputs import read_repo_inputs

    return read_repo_inputs(repo, keep=not wanted.dry_run)


def listener(repo: "Repo") -> "PlainRunView":
    """Shows the steps of releases on the error output."""
    from helpers.console.plain_run_view import PlainRunView

    return PlainRunView(sys.stderr, cli.root_name(repo))


def read_options(wanted: Wanted) -> "ReleaseOptions":
    """What the user asks of a release."""
    from helpers.model.errors import HelpersError
    from helpers.model.results.results import Suite
    from helpers.model.spelling import nearest_value
    from helpers.release.plan import ReleaseOptions

    if wanted.test_platforms not in ("own", "all"):
        raise HelpersError(
            f"--test-platforms takes own or all; not {wanted.test_platforms!r}",
            fix=nearest_value("--test-platforms", wanted.test_platforms, ("own", "all")),
        )
    return ReleaseOptions(
        stage=read_stage(wanted.stage),
        version=read_version(wanted),
        platforms=cli.read_platforms(wanted.platform),
        registries=tuple(wanted.registry),
        forced=wanted.force.strip(),
        suite=cli.read_choice(Suite, wanted.suite, "--suite"),
        test_all_platforms=wanted.test_platforms == "all",
    )


def read_stage(text: str) -> "Stage":
    """A stage whose images are in registries."""
    from helpers.model.errors import HelpersError
    from helpers.model.images.name import Stage

    stage = cli.read_choice(Stage, text, "--stage")
    if stage is Stage.LOCAL:
        raise HelpersError(
            "local images are on this engine alone, and in no registry",
            fix="--stage dev or --stage prod   (i docker_images --local lists those here)",
        )
    return stage


def read_version(wanted: Wanted) -> "Version | None":
    """The version that is asked for, if one is."""
    from helpers.model.version import Version

    return Version.parse(wanted.version) if wanted.version else None
