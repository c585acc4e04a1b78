"""Tasks that look into images: what is in them, what is known to be wrong with it, what differs."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import NEAREST, OneOrMore, Options, option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpers.engine.client import Client
    from helpers.images.contents.audit import Finder
    from helpers.images.contents.inspection import Inspected
    from helpers.images.resolve import Chosen
    from helpers.model.events import Listener
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.system.host import Host


class Look(OneOrMore):
    """Which images are meant."""

    all: bool = option("every runnable dir", default=False)
    stage: str = option("local, dev or prod; default: local", default="local")
    version: str = option(
        "the container's version; default: the changelog's, or what the stage's tag names",
        default="",
    )


class Sbom(Look):
    """Of which images a bill of materials is written, and where."""

    out: str = option(
        "the file to write; with --all a folder; default: standard output", default=""
    )


class Audit(Look):
    """Which images are looked at, and how that is told."""

    database: str = option(
        "a JSON file of OSV records, or the zip that OSV publishes; without a network", default=""
    )
    json: bool = option("for programs", default=False)


class Diff(Options):
    """Which images are compared."""

    from_: str = option(
        "a stage (local, dev, prod), or an image's full name; default: dev", default="dev"
    )
    to: str = option("a stage, or an image's full name; default: prod", default="prod")
    dir: str = option(NEAREST, default="")
    version: str = option("the version of both, if they are stages", default="")
    files: bool = option("also list each file that differs", default=False)


@command()
def docker_sbom(host: "Host", wanted: Sbom) -> int:
    """Write an image's bill of materials: CycloneDX 1.6, JSON."""
    import json

    from helpers.images.contents.sbom import make_sbom
    from helpers.model.events import Warned
    from helpers.model.packages.installed import PackageKind
    from helpers.system.files import write_atomic

    if wanted.several and not wanted.out:
        raise HelpersError("each dir gets a file of its own", fix="name a folder with --out")
    repo, client = open_images(host)
    inspected, errors = inspect_images(client, repo, host, wanted)
    target = host.directory / wanted.out
    for item in inspected:
        if not item.packages.of(PackageKind.DEB):
            seen = "the image has no packages of dpkg; those of another system are not seen"
            cli.teller(repo)(Warned(seen, item.runnable_dir.name))
        text = json.dumps(make_sbom(item.packages, item.chosen), indent=2) + "\n"
        if not wanted.out:
            print(text, end="")
            continue
        file = target / item.runnable_dir.name / "sbom.cdx.json" if wanted.several else target
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, text)
        print(file)
    return cli.USER_ERROR if errors else 0


def open_images(host: "Host") -> "tuple[Repo, Client]":
    """The repo and the engine, free of what killed commands left there."""
    from helpers.containers.leftovers import remove_leftovers

    repo, client = cli.open_repo(host)
    remove_leftovers(client, repo)
    return repo, client


@command()
def docker_audit(host: "Host", wanted: Audit) -> int:
    """List known vulnerabilities of an image; exits with 1 if there are any."""
    import json
    from dataclasses import replace
    from datetime import UTC, datetime

    from helpers.console.audit_view import audits_as_json, print_allowances, print_audits
    from helpers.images.contents.audit import audit_images
    from helpers.model.runnable_dir import shown_name

    repo, client = open_images(host)
    inspected, errors = inspect_images(client, repo, host, wanted)
    today = datetime.now(UTC).date()
    whole = wanted.all and not errors
    audits = audit_images(repo, inspected, _finder(repo, host, wanted.database), today, whole=whole)
    shown = [replace(one, dir=shown_name(one.dir, cli.root_name(repo))) for one in audits]
    print_allowances(shown)
    if wanted.json:
        print(json.dumps(audits_as_json(audits), indent=2))
    else:
        print_audits(shown)
    if errors:
        return cli.USER_ERROR
    return int(any(audit.vulnerabilities for audit in audits))


def inspect_images(
    client: "Client",
    repo: "Repo",
    host: "Host",
    wanted: Look,
    *,
    fresh: "Listener | None" = None,
    dirs: "Sequence[RunnableDir] | None" = None,
) -> "tuple[list[Inspected], list[HelpersError]]":
    """The images with their packages; what is wrong with one is printed, and stops no other.

    Args:
        fresh: local images of the changelog's version are built where they are missing or out of
            date, one at a time, and this is told of it; None: they are taken as they are.
        dirs: those that are meant; None: as the options say.
    """
    import threading

    from helpers.images.contents.inspection import inspect_dirs
    from helpers.images.ensure import ensure_fresh
    from helpers.images.resolve import Which, choose_image
    from helpers.model.images.name import Stage
    from helpers.system.repo_files import read_changelog

    stage = values.read_choice(Stage, wanted.stage, "--stage")
    which = Which(stage, values.read_version(wanted.version), or_code=stage is Stage.PROD)
    if dirs is None:
        dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)

    building = threading.Lock()

    def choose(item: "RunnableDir") -> "Chosen":
        if fresh and which == Which():
            with building:
                return ensure_fresh(client, repo, item, host, fresh)
        return choose_image(client, repo, read_changelog(item), host, which)

    inspected, errors = inspect_dirs(client, repo, dirs, choose)
    cli.show_errors(errors)
    return inspected, errors


def _finder(repo: "Repo", host: "Host", database: str) -> "Finder":
    from functools import partial

    if database:
        from helpers.images.contents.advisories import find_in_database

        return partial(find_in_database, host.directory / database)
    from helpers.images.contents.pip_audit import ask_pip_audit

    return partial(ask_pip_audit, repo, listen=cli.teller(repo))


@command()
def docker_diff(host: "Host", wanted: Diff) -> None:
    """Say how two images differ: in packages, files and size."""
    from helpers.console.diff_view import print_diff
    from helpers.images.contents.diff import diff_images, name_image
    from helpers.images.contents.inspection import inspecting
    from helpers.system.repo_files import read_changelog
    from helpers.vcs.chosen_dir import find_dir

    repo, client = open_images(host)
    changelog = read_changelog(find_dir(repo, host.directory, wanted.dir))
    version = values.read_version(wanted.version)
    before, after = (
        name_image(client, repo, changelog, host, text, version)
        for text in (wanted.from_, wanted.to)
    )
    with inspecting(repo) as owner:
        diff = diff_images(client, before, after, owner)
    print_diff(diff, paths=wanted.files)
