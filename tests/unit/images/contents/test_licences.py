from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from helpers.engine.containers import Image
from helpers.images.contents.inspection import Inspected
from helpers.images.contents.licences import check_licences
from helpers.images.resolve import Chosen
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.packages.installed import Package, PackageKind, PackageSet
from helpers.model.repo import Repo
from helpers.model.settings.config import parse_repo_config
from tests.builders import make_repo, make_runnable_dir

TODAY = date(2026, 5, 10)
SITE = "/opt/venv/lib/python3.13/site-packages"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "repo", commit=False)


def with_licences(repo: Repo, text: str) -> Repo:
    """The repo as its settings say with these below `licenses`."""
    return replace(repo, config=parse_repo_config(f"name: demo\nlicenses:\n{text}", "x"))


def inspected(repo: Repo, name: str, *packages: tuple[str, str, str]) -> Inspected:
    """A dir whose image has these Python packages: name, licence, place."""
    found = (
        Package(PackageKind.PYTHON, one[0], "1", licence=one[1], place=one[2], purl=one[0])
        for one in packages
    )
    deb = Package(PackageKind.DEB, "bash", "5")
    return Inspected(
        make_runnable_dir(repo, name),
        Chosen(Image(f"sha256:{name}", (), {}, "", 0), f"{name}:dev", Stage.DEV, "1.0.0"),
        PackageSet((deb, *sorted(found))),
    )


def test_what_the_toolchain_brings_is_no_dependency(repo: Repo) -> None:
    own = "/opt/helpers/thin_envs/1/lib/python3.13/site-packages"
    item = inspected(repo, "one", ("foo", "GPL-3.0-only", SITE), ("bar", "GPL-3.0-only", own))
    (report,) = check_licences(repo, [item], TODAY, whole=False)
    assert [one.package for one in report.findings] == ["foo"]
    assert (report.dir, report.image, report.packages) == ("one", "one:dev", 1)


def test_an_exception_that_no_dir_needs_is_reported_once_when_all_dirs_are_seen(
    repo: Repo,
) -> None:
    repo = with_licences(
        repo,
        "  exceptions:\n"
        "    foo: {license: MPL-2.0, until: 2026-12-31, reason: r}\n"
        "    gone: {license: MPL-2.0, until: 2026-12-31, reason: r}\n"
        "    old: {license: MPL-2.0, until: 2026-01-31, reason: r}\n",
    )
    items = [inspected(repo, "one"), inspected(repo, "two", ("foo", "MPL-2.0", SITE))]
    one, two = check_licences(repo, items, TODAY, whole=True)
    assert [entry.package for entry in one.unused] == ["gone"]
    assert [entry.package for entry in two.expired] == ["old"]
    assert (two.unused, two.findings, len(two.excepted)) == ((), (), 1)
    assert not check_licences(repo, items, TODAY, whole=False)[0].unused


def test_a_name_that_is_none_of_spdx_s_is_refused_with_its_place(repo: Repo) -> None:
    repo = with_licences(repo, "  allowed: [Mit-like]\n")
    with pytest.raises(HelpersError, match="'Mit-like'") as caught:
        check_licences(repo, [inspected(repo, "one")], TODAY, whole=False)
    assert caught.value.where == "repo_config.yaml, key 'licenses'"
