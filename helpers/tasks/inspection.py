"""Tasks that look into images: what is in them, what is known to be wrong with it, what differs."""

import sys
from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from helpers.engine.client import Client
    from helpers.images.audit import Finder
    from helpers.images.inspection import Inspected
    from helpers.model.errors import HelpersError
    from helpers.model.repo import Repo
    from helpers.system.host import Host

_HELP = {
    "dir": "the runnable dir; default: the nearest one at or above the current directory",
    "all": "every runnable dir",
    "stage": "local, dev or prod; default: local",
    "version": "the container's version; default: the changelog's, or what the stage's tag names",
}


class _Wanted(NamedTuple):
    """The images that are meant, as the user gave them."""

    dir: str
    all: bool
    stage: str
    version: str


@task(help=_HELP | {"out": "the file to write; with --all a folder; default: standard output"})
def docker_sbom(
    context: Context,
    dir: str = "",
    all: bool = False,
    stage: str = "local",
    version: str = "",
    out: str = "",
) -> None:
    """Write an image's bill of materials: CycloneDX 1.6, JSON."""
    wanted = _Wanted(dir, all, stage, version)
    cli.run_job(lambda host: _write_sboms(host, wanted, out))


def _write_sboms(host: "Host", wanted: _Wanted, out: str) -> int:
    import json

    from helpers.images.sbom import make_sbom
    from helpers.model.errors import HelpersError
    from helpers.model.events import Warned
    from helpers.model.packages import PackageKind
    from helpers.system.files import write_atomic

    if wanted.all and not out:
        raise HelpersError("--all writes a file for each dir", fix="name a folder with --out")
    repo, client = _open(host)
    inspected, errors = _inspect(client, repo, host, wanted)
    target = host.directory / out
    for item in inspected:
        if not item.packages.of(PackageKind.DEB):
            seen = "the image has no packages of dpkg; those of another system are not seen"
            cli.teller(repo)(Warned(seen, item.runnable_dir.name))
        text = json.dumps(make_sbom(item.packages, item.chosen), indent=2) + "\n"
        if not out:
            print(text, end="")
            continue
        file = target / item.runnable_dir.name / "sbom.cdx.json" if wanted.all else target
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, text)
        print(file)
    return 2 if errors else 0


def _open(host: "Host") -> "tuple[Repo, Client]":
    """The repo and the engine, free of what killed commands left there."""
    from helpers.containers.leftovers import remove_leftovers

    repo, client = cli.open_repo(host)
    remove_leftovers(client, repo)
    return repo, client


@task(
    help=_HELP
    | {
        "database": "a JSON file of OSV records, or the zip that OSV publishes; without a network",
        "json": "for programs",
    }
)
def docker_audit(
    context: Context,
    dir: str = "",
    all: bool = False,
    stage: str = "local",
    version: str = "",
    database: str = "",
    json: bool = False,
) -> None:
    """List known vulnerabilities of an image; exits with 1 if there are any."""
    wanted = _Wanted(dir, all, stage, version)
    cli.run_job(lambda host: _audit(host, wanted, database, json))


def _audit(host: "Host", wanted: _Wanted, database: str, as_json: bool) -> int:
    import json
    from dataclasses import replace
    from datetime import UTC, datetime

    from helpers.console.audit_view import audits_as_json, print_allowances, print_audits
    from helpers.images.audit import audit_images
    from helpers.model.runnable_dir import shown_name

    repo, client = _open(host)
    inspected, errors = _inspect(client, repo, host, wanted)
    today = datetime.now(UTC).date()
    whole = wanted.all and not errors
    audits = audit_images(repo, inspected, _finder(repo, host, database), today, whole=whole)
    shown = [replace(one, dir=shown_name(one.dir, cli.root_name(repo))) for one in audits]
    print_allowances(shown)
    if as_json:
        print(json.dumps(audits_as_json(audits), indent=2))
    else:
        print_audits(shown)
    if errors:
        return 2
    return int(any(audit.vulnerabilities for audit in audits))


def _inspect(
    client: "Client", repo: "Repo", host: "Host", wanted: _Wanted
) -> "tuple[list[Inspected], list[HelpersError]]":
    """The images with their packages; what is wrong with one is printed, and stops no other."""
    from helpers.console.errors import print_error
    from helpers.images.inspection import inspect_dirs
    from helpers.model.image import Stage
    from helpers.model.version import Version

    stage = cli.read_choice(Stage, wanted.stage, "--stage")
    version = Version.parse(wanted.version) if wanted.version else None
    dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    inspected, errors = inspect_dirs(client, repo, host, dirs, stage, version)
    for error in errors:
        print_error(error, sys.stderr)
    return inspected, errors


def _finder(repo: "Repo", host: "Host", database: str) -> "Finder":
    from functools import partial

    if database:
        from helpers.images.advisories import find_in_database

        return partial(find_in_database, host.directory / database)
    from helpers.images.pip_audit import ask_pip_audit

    return partial(ask_pip_audit, repo, listen=cli.teller(repo))


@task(
    help={
        "from": "a stage (local, dev, prod), or an image's full name; default: dev",
        "to": "a stage, or an image's full name; default: prod",
        "dir": _HELP["dir"],
        "version": "the version of both, if they are stages",
        "files": "also list each file that differs",
    }
)
def docker_diff(
    context: Context,
    from_: str = "dev",
    to: str = "prod",
    dir: str = "",
    version: str = "",
    files: bool = False,
) -> None:
    """Say how two images differ: in packages, files and size."""
    cli.run_job(lambda host: _diff(host, (from_, to), dir, version, files))


def _diff(host: "Host", texts: tuple[str, str], dir: str, version: str, files: bool) -> None:
    from helpers.console.diff_view import print_diff
    from helpers.images.diff import diff_images, name_image
    from helpers.images.inspection import inspecting
    from helpers.model.version import Version
    from helpers.system.repo_files import read_changelog
    from helpers.vcs.chosen_dir import find_dir

    repo, client = _open(host)
    changelog = read_changelog(find_dir(repo, host.directory, dir))
    wanted = Version.parse(version) if version else None
    before, after = (name_image(client, repo, changelog, host, text, wanted) for text in texts)
    with inspecting(repo) as owner:
        diff = diff_images(client, before, after, owner)
    print_diff(diff, paths=files)
