"""The task that trains a dir's models."""

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import OneDir, option, words

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.model.repo import Repo
    from helpers.model.results.training import Recorded
    from helpers.system.host import Host
    from helpers.training.asked import Asked
    from helpers.training.run import Place

_FAILED = 1


class Train(OneDir):
    """What is trained."""

    repeat: str = option(
        "run again what left this result.json", default="", example="results/RUN/result.json"
    )
    tree: str = option(
        "train what another checkout has; nothing of it is run on this machine",
        default="",
        example="../pr",
    )
    word: tuple[str, ...] = words("MODEL name=value ... [@COMMIT]; written without --word")


@command()
def train(host: "Host", wanted: Train) -> int:
    """Train a model in the dir's container: i train MODEL name=value ... [@COMMIT].

    devops/train.yaml of the dir names its models and parameters. Results are left in results/ of
    the dir: parameters, metrics, log, commit, image, inputs and seed.
    """
    from helpers.console.training_view import print_training
    from helpers.model.results.training import TrainingState
    from helpers.tasks.signals import end_as_interrupted
    from helpers.training.asked import read_recorded
    from helpers.training.train import train

    values.not_both("--repeat", "MODEL", wanted.repeat and wanted.word)
    recorded = read_recorded(host.directory / wanted.repeat) if wanted.repeat else None
    # A request to end leaves as little as an interrupt does.
    end_as_interrupted()
    with ExitStack() as stack:
        place, asked = _place(host, wanted, recorded, stack)
        result, folder = train(place, asked)
    shown = folder.relative_to(host.directory) if folder.is_relative_to(host.directory) else folder
    print_training(result, shown, recorded.metrics if recorded else None)
    return 0 if result.state is TrainingState.SUCCEEDED else _FAILED


def _place(
    host: "Host", wanted: Train, recorded: "Recorded | None", stack: ExitStack
) -> "tuple[Place, Asked]":
    """Where to train, and what; another checkout's tree is there for as long as the stack."""
    from helpers.console.foreign import write_foreign
    from helpers.images.ensure import Wanted
    from helpers.tasks.builds import shown_builds
    from helpers.training.data import data_of
    from helpers.training.run import Place
    from helpers.vcs.git import head

    own, client = cli.open_repo(host)
    building = partial(shown_builds, host, cli.root_name(own))
    image, listen = Wanted(build=True, building=building), cli.teller(own)
    if not wanted.tree:
        asked = _asked(own, host.directory, wanted, recorded)
        commit = head(own.root)
        data = data_of(own, asked, host)
        return Place(
            client, own, host, image, listen, write_foreign, own.root, commit, data=data
        ), asked
    # Imported here: most people train what they have.
    from helpers.training.tree import as_allowed_here, foreign_tree

    there = stack.enter_context(foreign_tree(own, host.directory / wanted.tree, host, client))
    inside = host.directory.is_relative_to(own.root)
    start = there.repo.root / (host.directory.relative_to(own.root) if inside else "")
    asked = as_allowed_here(own, _asked(there.repo, start, wanted, recorded))
    place = Place(
        *(client, there.repo, there.host, image, listen, write_foreign),
        own.root,
        there.commit,
        foreign=True,
        data=data_of(own, asked, host),
    )
    return place, asked


def _asked(repo: "Repo", start: "Path", wanted: Train, recorded: "Recorded | None") -> "Asked":
    from helpers.training.asked import ask, ask_again
    from helpers.vcs.chosen_dir import find_dir

    if recorded:
        named = find_dir(repo, start, wanted.dir) if wanted.dir else None
        return ask_again(find_dir(repo, repo.root, recorded.dir), recorded, named)
    return ask(find_dir(repo, start, wanted.dir), wanted.word, wanted.tree)
