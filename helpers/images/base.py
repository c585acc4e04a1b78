"""The base image: the one that the settings name, or one from the distribution's own packages."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.containers import Image, find_image
from helpers.engine.pulls import Patience, pull_image
from helpers.images.apt_sources import read_debian_sources, snapshot_sources
from helpers.model import labels
from helpers.model.base_image import SUITES, official
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.repo import Repo
from helpers.system.host import read_host
from helpers.system.lease import Lease, working_folder
from helpers.system.process import ProcessError, run, stream

BASE_NAME = "helpers-base"
_PACKAGES = ("ca-certificates", "python3", "python3-venv")
_TOOLS = ("mmdebstrap",)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_EXCLUDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*")
# What a registry answers that was reached; anything else means that none was.
_REFUSALS = ("not found", "manifest unknown", "denied", "unauthorized", "no matching manifest")
# A registry without TLS may break a connection as it begins; nothing else is worth a wait, since
# there is another way.
PATIENCE = Patience(("connection reset by peer", "broken pipe", "unexpected eof"), attempts=3)


@dataclass(frozen=True, slots=True)
class BaseRecipe:
    """How a base image is made from packages.

    Attributes:
        python: `<major>.<minor>` or with a patch, as the settings' image promises.
        sources: lines of apt's sources; none: the tool's own default.
        snapshot: the moment whose packages it is made from; empty: the newest.
    """

    suite: str
    python: str
    platform: str
    sources: tuple[str, ...]
    snapshot: str = ""

    @property
    def architecture(self) -> str:
        """As Debian names it; the same names as OCI's for those that matter here."""
        return self.platform.split("/")[1]

    @property
    def key(self) -> str:
        """Hash of all that decides about the content."""
        parts = [self.suite, self.python, self.platform, *_PACKAGES, *_EXCLUDED]
        parts += [self.snapshot] if self.snapshot else []
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    @property
    def tag(self) -> str:
        """The name of the image on the engine."""
        return f"{BASE_NAME}:{self.python}-{self.suite}-{self.architecture}-{self.key}"


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
        return found
    with Lease(repo.root, f"base-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"):
        return _bring(repo, client, wanted, platform, listen)


def find_base_image(repo: Repo, client: Client, wanted: str, platform: str) -> str:
    """What is named, or what was made in its place, where the engine has it; else empty."""
    if find_for(client, wanted, platform):
        return wanted
    recipe = _recipe_if_any(repo, wanted, platform)
    return recipe.tag if recipe and find_for(client, recipe.tag, platform) else ""


def find_for(client: Client, reference: str, platform: str) -> Image | None:
    """The image where the engine has it for that platform."""
    image = find_image(client, reference)
    if image is None:
        return None
    details = client.get(f"/images/{image.id}/json") or {}
    return image if f"{details.get('Os')}/{details.get('Architecture')}" == platform else None


def plan_recipe(wanted: str, platform: str, sources: Sequence[str] = ()) -> BaseRecipe:
    """How to make what `wanted` promises from Debian's packages.

    Raises:
        HelpersError: Debian has no such Python, or `wanted` is no official Python image.
    """
    named = official(wanted)
    if named is None:
        raise HelpersError(
            "no registry can be reached, and this base image cannot be made from packages",
            where=f"base_image: {wanted}",
            mend="make the registry reachable, or name a python:<version>-slim-<suite> image"
            " without a digest",
        )
    python = named.python
    suite = next((name for name, version in SUITES.items() if version == python), "")
    suite = named.suite or suite
    if SUITES.get(suite) != python:
        offers = ", ".join(f"{version} ({name})" for name, version in SUITES.items())
        raise HelpersError(
            f"no registry can be reached, and Debian {suite} has no Python {python}"
            if suite
            else f"no registry can be reached, and no Debian has Python {python}",
            where=f"base_image: {wanted}",
            mend=f"make the registry reachable, or take a Python that Debian has: {offers}",
        )
    return BaseRecipe(suite, python + named.patch, platform, tuple(sources))


def _recipe_if_any(repo: Repo, wanted: str, platform: str) -> BaseRecipe | None:
    try:
        recipe = plan_recipe(wanted, platform)
        return replace(recipe, snapshot=repo.config.package_snapshot)
    except HelpersError:
        return None


def _bring(
    repo: Repo,
    client: Client,
    wanted: str,
    platform: str,
    listen: Listener,
) -> str:
    """With the lease held: look again, then pull, then make."""
    if found := find_base_image(repo, client, wanted, platform):
        return found
    if _pull(client, wanted, platform, listen):
        return wanted
    recipe = _recipe_if_any(repo, wanted, platform)
    suite = recipe.suite if recipe else ""
    planned = plan_recipe(wanted, platform, read_debian_sources(suite))
    moment = repo.config.package_snapshot
    if moment:
        lines = snapshot_sources(repo.config.package_mirror, moment, suite)
        planned = replace(planned, sources=lines, snapshot=moment)
    listen(
        Notice(
            f"no registry can be reached: making the base image with Python {planned.python} from"
            f" Debian's signed packages ({planned.suite}), about {_duration(platform)}"
        )
    )
    _make(repo, client, planned)
    listen(Notice(f"the base image is {planned.tag}"))
    return planned.tag


def _duration(platform: str) -> str:
    return "half a minute" if platform == read_host().platform else "three minutes, emulated"


# --- From a registry ----------------------------------------------------------------------------


def _pull(client: Client, wanted: str, platform: str, listen: Listener) -> bool:
    """Pull by digest; False where no registry can be reached.

    Raises:
        HelpersError: the registry was reached and has no such image, or refuses it.
    """
    listen(Notice(f"pulling the base image {wanted}"))
    try:
        pull_image(wanted, listen, PATIENCE, platform)
    except ProcessError as error:
        text = "\n".join(error.last_lines)
        if any(sign in text.lower() for sign in _REFUSALS):
            raise HelpersError(
                "the registry does not give the base image",
                where=f"base_image: {wanted}\n{text}",
                mend="correct 'base_image' (or 'python') there, or: docker login <registry>",
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
    _need_tools(repo)
    folder = working_folder(repo.root) / "base"
    folder.mkdir(exist_ok=True)
    archive = folder / f"{recipe.key}.tar"
    log = folder / f"{recipe.key}.log"
    try:
        _bootstrap(recipe, archive, log)
        image = _import(recipe, archive)
    finally:
        archive.unlink(missing_ok=True)
    _check_python(recipe, image)
    name, _, tag = recipe.tag.partition(":")
    client.call("POST", f"/images/{image}/tag", query={"repo": name, "tag": tag})


def _need_tools(repo: Repo) -> None:
    """Raises a HelpersError where a tool is missing and the user has not agreed to install it."""
    script = repo.toolchain / "dev_scripts" / "system_packages.py"
    done = run([script, "ensure", *_TOOLS], check=False)
    if done.status:
        raise HelpersError(
            f"making a base image needs {' '.join(_TOOLS)}",
            where=done.stderr.strip(),
            mend=f"{script} ensure {' '.join(_TOOLS)}",
        )


def _bootstrap(recipe: BaseRecipe, archive: Path, log: Path) -> None:
    command = ["mmdebstrap", "--variant=minbase", f"--arch={recipe.architecture}"]
    command += [f"--include={','.join(_PACKAGES)}"]
    command += [f"--dpkgopt=path-exclude={path}" for path in _EXCLUDED]
    command += ["--dpkgopt=path-include=/usr/share/doc/*/copyright"]
    command += [recipe.suite, str(archive), *recipe.sources]
    lines: list[str] = []
    status = stream(command, lines.append)
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if status:
        last = "\n".join(lines[-15:])
        full = "no space left on device" in last.lower()
        raise HelpersError(
            "the disk is full" if full else "the base image cannot be made from packages",
            where=f"{last}\nwhole log: {log}",
            mend="free some space" if full else "check apt's sources: apt-get update",
        )


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
            mend=f"write python:{'.'.join(found.split('.')[:2])}-slim-{recipe.suite}, or make the"
            " registry reachable",
        )
