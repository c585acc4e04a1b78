"""Why something is not promoted, and what to type instead."""

from collections.abc import Sequence

from helpers.model.environments import Promoted
from helpers.model.errors import HelpersError
from helpers.model.settings.deploy_config import DEFAULT_TESTS
from helpers.release.promotion.no_image import or_no_image
from helpers.release.promotion.places import Place, Places

MAIN_PYTEST = "main_pytest.py"


def not_accepted(places: Places, before: Place, wanted: Promoted) -> HelpersError:
    """The error for what nobody says passed in the environment before."""
    return HelpersError(
        f"no statement says that {wanted} passed in {before.name}",
        where=f"{before.target}@{wanted.digest}",
        fix=accept_command(places, before),
    )


def accept_command(places: Places, before: Place) -> str:
    """The command that makes the statement: with the dir's tests where it has some."""
    accept = f"i promote_accept --environment {before.name} {before.of_dir}"
    if not (places.item.root / DEFAULT_TESTS).is_dir():
        return accept
    return f"{accept} --tests {DEFAULT_TESTS}"


def tests_command(places: Places, place: Place, folder: str) -> tuple[str, ...]:
    """The command that runs the tests of a dir's folder in the dir's container.

    Raises:
        HelpersError: the dir has no such folder.
    """
    if not (places.item.root / folder).is_dir():
        raise HelpersError(
            f"{places.item.name} has no tests in {folder}, so nothing was accepted",
            where=str(places.item.root),
            fix=f"i promote_accept --environment {place.name} {place.of_dir}   (signs it off)",
        )
    own, shared = places.repo.root / MAIN_PYTEST, places.repo.toolchain / MAIN_PYTEST
    program = str(own if own.exists() else shared)
    # A pass that stands for a later run would say nothing of what runs there now.
    options = ("--suite", "all", "--no-reuse", "--", folder)
    return (program, "--dir", places.item.name, *options)


def runs_nothing(places: Places, before: Place, place: Place) -> HelpersError:
    """The error where the environment before runs nothing."""
    error = HelpersError(
        f"{before.name} runs nothing, and {place.name} takes what passed there",
        where=str(before),
        fix=f"i promote --to {before.name} {places.released.of_dir}",
    )
    return or_no_image(places, error)


def runs_another(before: Place, place: Place, runs: Promoted, wanted: Promoted) -> HelpersError:
    """The error where the environment before the last runs something else."""
    return HelpersError(
        f"{before.name} runs {_shown(runs)}, not {_shown(wanted)}: {place.name} takes what runs in"
        f" {before.name} now, and nothing else",
        where=f"{before}\n{before.name}: {runs.digest}, promoted by {runs.by}\n"
        f"asked for: {wanted.digest}",
        fix=f"i promote_diff --to {place.name} {place.of_dir}   (shows what would change)",
    )


def never_ran(places: Places, before: Place, tag: str, runs: Promoted | None) -> HelpersError:
    """The error for a version that was never promoted to the environment before."""
    return HelpersError(
        f"{tag} never ran in {before.name}",
        where=f"{before}, which names {runs or 'nothing that was promoted'}",
        fix=f"i promote --to {before.name} {places.released.of_dir} --version {tag}",
    )


def nothing_before(place: Place, there: Sequence[Promoted]) -> HelpersError:
    """The error for the way back where there is none."""
    runs = f"{there[-1]} is the first that runs there" if there else "nothing ran there"
    return HelpersError(f"{place.name} cannot go back: {runs}", where=str(place), fix=place.look)


def _shown(promoted: Promoted) -> str:
    return promoted.tag or promoted.digest
