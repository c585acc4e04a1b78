"""What tasks of releases have in common: options, and one dir after the other."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.options import OneOrMore, Options, option, required

if TYPE_CHECKING:
    from helpers.console.runs.plain import PlainRunView
    from helpers.model.images.name import Stage
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.release.owner import Releaser
    from helpers.system.host import Host

REGISTRY = "a name among `registries` in repo_config.yaml; repeatable; default: the first"
DRY_RUN = "print every step, and change nothing"
STAGE = "dev or prod"


class AtStage(Options):
    """Which stage of an image is changed."""

    stage: str = required(STAGE, example="dev")


class EachDir(OneOrMore):
    """Which dirs are meant."""

    all: bool = option("every runnable dir, one after the other", default=False)


class InRegistries(EachDir):
    """Whose images are changed in which registries."""

    registry: tuple[str, ...] = option(REGISTRY, default=())
    dry_run: bool = option(DRY_RUN, default=False)


class ForPlatforms(InRegistries):
    """For which platforms they are made or pulled."""

    platform: str = option(
        "linux/amd64, linux/arm64 or both with a comma; default: the settings'", default=""
    )


def each_dir(
    host: "Host",
    wanted: EachDir,
    one: "Callable[[Releaser, RunnableDir], str]",
    *,
    production: bool = False,
    choose: "Callable[[Releaser, list[RunnableDir]], list[RunnableDir]] | None" = None,
) -> int:
    """Call `one` for every dir that is meant, and print what it returns.

    A dir that fails does not stop the others.

    Args:
        production: of all dirs, only those that have a production image.
        choose: which of them are meant; without a dir that is named, of all dirs.
    """
    from dataclasses import replace

    from helpers.console.errors import print_error
    from helpers.model.events import ReleaseEnded
    from helpers.model.runnable_dir import shown_name
    from helpers.release.owner import Releaser

    repo, client = cli.open_repo(host)
    every = wanted.several or bool(choose and not wanted.dir)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all or (every and not wanted.dir))
    if every and production:
        dirs = cli.with_entrypoint(dirs)
    errors: dict[str, HelpersError] = {}
    with listener(repo) as listen:
        releaser = Releaser(client, repo, host, listen)
        dirs = choose(releaser, dirs) if choose else dirs
        for item in dirs:
            try:
                print(one(replace(releaser, repo=repo.of(item.name)), item), flush=True)
            except HelpersError as error:
                if not every:
                    raise
                # An error of the repo is printed once, and not for each dir.
                if str(error) not in map(str, errors.values()):
                    print_error(error)
                errors[item.name] = error
            finally:
                listen(ReleaseEnded(item.name))
    if errors:
        names = [shown_name(name, cli.root_name(repo)) for name in errors]
        print(f"failed: {', '.join(names)}; done: {len(dirs) - len(errors)} of {len(dirs)} dirs")
    return cli.USER_ERROR if errors else 0


def listener(repo: "Repo") -> "PlainRunView":
    """Shows the steps of releases on the error output."""
    from helpers.console.runs.plain import PlainRunView

    return PlainRunView(sys.stderr, cli.root_name(repo))


def read_stage(text: str) -> "Stage":
    """A stage whose images are in registries.

    Raises:
        HelpersError: the text names none.
    """
    from helpers.model.images.name import Stage

    stage = values.read_choice(Stage, text, "--stage")
    if stage is Stage.LOCAL:
        raise HelpersError(
            "local images are on this engine alone, and in no registry",
            fix="--stage dev or --stage prod   (i docker_images --local lists those here)",
        )
    return stage
