"""Train a model in its dir's container, and leave what came of it in the dir's `results/`."""

import os
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from helpers.containers.leftovers import remove_dead, remove_leftovers
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.results.training import RESULTS, TrainingResult
from helpers.model.settings.resources import Stock, shown_amount
from helpers.model.settings.train_parameters import SEED
from helpers.system.lease import Lease
from helpers.system.machine import machine_resources
from helpers.training.asked import Asked
from helpers.training.run import Place, TrainingRun
from helpers.training.standing import check_standing

_STAMP = "%Y%m%d-%H%M%S"


def train(place: Place, asked: Asked) -> tuple[TrainingResult, Path]:
    """Train a model; the result, and the folder that holds it.

    An interrupt, which is raised, leaves nothing: no container, no folder.

    Raises:
        HelpersError: there is no image, the machine has less than is asked for, or what would be
            trained is not what was asked for.
        OSError: the results cannot be written.
    """
    client, repo = place.client, place.repo
    # Before anything is written: without an engine there is no run.
    client.read("GET", "/_ping")
    _check_place(place, asked)
    inputs = read_repo_inputs(repo)
    blank = _blank(place, asked, inputs)
    check_standing(asked, blank, foreign=place.foreign)
    remove_leftovers(client, repo)
    remove_dead(client, repo)
    with Lease(repo.root, blank.run, passing=True):
        return TrainingRun(place, asked, inputs, blank).run()


def _check_place(place: Place, asked: Asked) -> None:
    """Make sure that the machine has what is asked for, and that results have a folder."""
    wanted, stock = asked.config.resources, Stock(machine_resources())
    lacks = stock.lacks(wanted)
    if lacks:
        there = shown_amount(lacks, stock.amount(lacks))
        raise HelpersError(
            f"it needs {shown_amount(lacks, wanted[lacks])}; there is {there} here",
            where=asked.file,
            fix=f"change resources in {asked.file}",
        )
    folder = place.results_of(asked.runnable_dir)
    if not folder.is_dir() and os.path.lexists(folder):
        raise HelpersError(
            f"{RESULTS} is no folder, and results of trainings would stand there",
            where=str(folder),
            fix=f"give that file another name: mv {RESULTS} {RESULTS}.txt",
        )


def _blank(place: Place, asked: Asked, inputs: RepoInputs) -> TrainingResult:
    """What is known of a result before the run."""
    started, commit = datetime.now(UTC), place.commit
    seed = asked.training.seed
    seed = secrets.randbelow(int(SEED.high) + 1) if seed is None else seed
    training = replace(asked.training, seed=seed)
    return TrainingResult(
        run=f"{started.strftime(_STAMP)}-{os.urandom(3).hex()}",
        dir=asked.runnable_dir.name,
        model=training.model,
        parameters=training.parameters,
        seed=seed,
        commit=commit.id,
        dirty=commit.dirty,
        inputs=inputs.digest(asked.runnable_dir.name),
        started=started.isoformat(timespec="seconds"),
        network=asked.config.network,
        command=training.command(asked.config),
        better={one.name: one.better for one in asked.config.metrics},
        repeats=asked.repeated.run if asked.repeated else "",
    )
