"""The task that trains a dir's models."""

from functools import partial
from typing import TYPE_CHECKING

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import OneDir, option, words

if TYPE_CHECKING:
    from helpers.system.host import Host

_FAILED = 1


class Train(OneDir):
    """What is trained."""

    repeat: str = option(
        "run again what left this result.json", default="", example="results/RUN/result.json"
    )
    word: tuple[str, ...] = words("MODEL name=value ... [@COMMIT]; written without --word")


@command()
def train(host: "Host", wanted: Train) -> int:
    """Train a model in the dir's container: i train MODEL name=value ... [@COMMIT].

    devops/train.yaml of the dir names its models and parameters. Results are left in results/ of
    the dir: parameters, metrics, log, commit, image, inputs and seed.
    """
    from pathlib import Path

    from helpers.console.foreign import write_foreign
    from helpers.console.training_view import print_training
    from helpers.images.ensure import Wanted
    from helpers.model.results.training import TrainingState
    from helpers.tasks.builds import shown_builds
    from helpers.tasks.signals import end_as_interrupted
    from helpers.training.asked import ask, ask_again, read_recorded
    from helpers.training.run import Place
    from helpers.training.train import train
    from helpers.vcs.chosen_dir import find_dir

    values.not_both("--repeat", "MODEL", wanted.repeat and wanted.word)
    values.not_both("--repeat", "--dir", wanted.repeat and wanted.dir)
    repo, client = cli.open_repo(host)
    recorded = read_recorded(host.directory / wanted.repeat) if wanted.repeat else None
    if recorded:
        asked = ask_again(find_dir(repo, repo.root, recorded.dir), recorded)
    else:
        asked = ask(find_dir(repo, host.directory, wanted.dir), wanted.word)
    # A request to end leaves as little as an interrupt does.
    end_as_interrupted()
    place = Place(
        client,
        repo,
        host,
        Wanted(build=True, building=partial(shown_builds, host, cli.root_name(repo))),
        cli.teller(repo),
        write_foreign,
    )
    result, folder = train(place, asked)
    shown = folder.relative_to(host.directory) if folder.is_relative_to(host.directory) else folder
    print_training(result, Path(shown), recorded.metrics if recorded else None)
    return 0 if result.state is TrainingState.SUCCEEDED else _FAILED
