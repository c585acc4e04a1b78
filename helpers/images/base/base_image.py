"""The base image: the one that the settings name, or one from the distribution's own packages."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.pulls import RetryBudget, pull_image
from helpers.images.base.archive import (
    base_lease,
    discard_archives,
    is_being_brought,
    make_archive,
    prepared_archive,
    whole_recipe,
)
from helpers.images.base.find import find_base_image
from helpers.images.base.recipe import BaseRecipe
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.events import BuildGoesOn, BuildStep, Listener, Notice
from helpers.model.repo import Repo
from helpers.system.host import read_host
from helpers.system.lease import Lease
from helpers.system.process import ProcessError, run

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LOOK_SECONDS = 0.2
# Answers of a reachable registry; anything else means that none was reached.
_REFUSALS = ("not found", "manifest unknown", "denied", "unauthorized", "no matching manifest")
# A registry without TLS may break a connection as it begins; nothing else is worth a wait, since
# there is another way.
RETRIES = RetryBudget(("connection reset by peer", "broken pipe", "unexpected eof"), attempts=3)


def ensure_base_image(
    repo: Repo, platform: str, listen: Listener, client: Client, wanted: str = ""
) -> str:
    """The base image of a platform, on the engine: found, pulled, or made from packages.

    Args:
        wanted: what is named; by default what the repo's settings name.

    Returns:
        Its reference.

    Raises:
        HelpersError: there is none to be had; says why and what to do.
    """
    wanted = wanted or repo.config.base_image
    if found := find_base_image(repo, client, wanted, platform):
        return found.reference
    with _lease(repo, wanted, listen):
        return _bring(repo, client, wanted, platform, listen)


def _lease(repo: Repo, wanted: str, listen: Listener) -> Lease:
    """Take the lease of the base image; report the wait if another process holds it."""
    while True:
        with suppress(BlockingIOError):
            return base_lease(repo, wanted, wait=False)
        # A command that shows no steps of builds shows notices.
        listen(Notice("waiting for another build that is getting the base image"))
        with _step("base image: waiting for another build that is getting it", listen):
            while is_being_brought(repo, wanted):
                listen(BuildGoesOn(""))
                time.sleep(_LOOK_SECONDS)


@contextmanager
def _step(text: str, listen: Listener) -> Iterator[None]:
    """Report a step that belongs to no dir, until the block ends."""
    step = BuildStep("", text)
    listen(step)
    try:
        yield
    finally:
        listen(replace(step, ended=True))


def _bring(repo: Repo, client: Client, wanted: str, platform: str, listen: Listener) -> str:
    """With the lease held: look again, then pull, then make."""
    if found := find_base_image(repo, client, wanted, platform):
        return found.reference
    if _pull(client, wanted, platform, listen):
        discard_archives(repo)
        return wanted
    planned = whole_recipe(repo, wanted, platform)
    own = read_host().platform
    if platform != own:
        planned = replace(planned, programs=_bring(repo, client, wanted, own, listen))
    if prepared_archive(repo, planned) is None:
        what = f"the base image with Python {planned.python} from Debian's signed packages"
        how = f"({planned.suite}), about {_duration(platform)}"
        listen(Notice(f"no registry can be reached: making {what} {how}"))
    with _step("base image: made from packages", listen):
        _make(repo, client, planned)
    listen(Notice(f"the base image is {planned.tag}"))
    return planned.tag


def _duration(platform: str) -> str:
    return "half a minute" if platform == read_host().platform else "a minute, partly emulated"


# --- From a registry ----------------------------------------------------------------------------


def _pull(client: Client, wanted: str, platform: str, listen: Listener) -> bool:
    """Pull by digest; False where no registry can be reached.

    Raises:
        HelpersError: the registry was reached and has no such image, or refuses it.
    """
    listen(Notice(f"pulling the base image {wanted}"))
    try:
        pull_image(wanted, listen, RETRIES, platform)
    except ProcessError as error:
        text = "\n".join(error.last_lines)
        if any(sign in text.lower() for sign in _REFUSALS):
            raise HelpersError(
                "the registry does not give the base image",
                where=f"base_image: {wanted}\n{text}",
                fix="correct 'base_image' (or 'python') there, or: docker login <registry>",
            ) from error
        return False
    if "@sha256:" not in wanted:
        _tell_pin(client, wanted, listen)
    return True


def _tell_pin(client: Client, wanted: str, listen: Listener) -> None:
    details = client.get(f"/images/{wanted}/json") or {}
    digest = next((name.partition("@")[2] for name in details.get("RepoDigests") or ()), "")
    if digest:
        listen(Notice(f"pin it in repo_config.yaml: base_image: {wanted}@{digest}"))


# --- From packages ------------------------------------------------------------------------------


def _make(repo: Repo, client: Client, recipe: BaseRecipe) -> None:
    """Make, check and then tag the image."""
    archive = make_archive(repo, recipe)
    try:
        image = _import(recipe, archive)
    finally:
        archive.unlink(missing_ok=True)
    _check_python(recipe, image)
    name, _, tag = recipe.tag.partition(":")
    client.call("POST", f"/images/{image}/tag", query={"repo": name, "tag": tag})


def _import(recipe: BaseRecipe, archive: Path) -> str:
    changes = [
        f"LABEL {labels.BASE_RECIPE}={recipe.key}",
        f"ENV PATH={_PATH} LANG=C.UTF-8",
        'CMD ["python3"]',
    ]
    command = ["docker", "import", "--platform", recipe.platform]
    for change in changes:
        command += ["--change", change]
    return run([*command, str(archive)]).stdout.strip()


def _check_python(recipe: BaseRecipe, image: str) -> None:
    """Raises a HelpersError where the Python is not the promised one."""
    program = "import platform; print(platform.python_version())"
    command = ["docker", "run", "--rm", "--network=none", "--platform", recipe.platform, image]
    found = run([*command, "python3", "-c", program]).stdout.strip()
    if found != recipe.python and not found.startswith(f"{recipe.python}."):
        run(["docker", "image", "rm", "--force", image], check=False)
        raise HelpersError(
            f"Debian {recipe.suite} gives Python {found}, the settings ask for {recipe.python}",
            where="base_image or python, in the settings",
            fix=f"write python:{'.'.join(found.split('.')[:2])}-slim-{recipe.suite}, or make the"
            " registry reachable",
        )
