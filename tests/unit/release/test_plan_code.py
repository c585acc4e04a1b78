"""Plans of releases of code: which parts a dir has, in which order, and what is left to do."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.forge.place import ForgeKind, ForgePlace
from helpers.forge.session import Session
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.code_version import NextVersion
from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.packages.index import IndexFile, PackageIndex
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.registry.access import Access
from helpers.registry.package_index import IndexClient
from helpers.release.code_plan import CodeOptions, CodePlan
from helpers.release.code_versions import next_versions
from helpers.release.owner import Releaser
from helpers.release.plan import checkout_key
from helpers.release.plan_code import meant, plan_code_release, plan_rest
from helpers.release.released_dirs import ReleasedDir, find_released
from helpers.release.step_kinds import printed
from helpers.system.repo_files import load_repo
from tests.builders import (
    add_submodule,
    commit_all,
    git,
    make_host,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.wheel_repos import package

REGISTRY = "registry: r.example:5000/team\n"
INDEX = "indexes:\n  team: {publish: 'https://i.example/', simple: 'https://i.example/simple/'}\n"
APP = package("shop", "flit") | {
    "requirements.txt": "",
    "devops/config.yaml": "entrypoint: [python, -m, shop]\n",
}
NAME = "r.example:5000/team/shop"


def _repo(tmp_path: Path, config: str = REGISTRY + INDEX, **files: str) -> Repo:
    """A repo with one dir, pushed."""
    made = make_repo(tmp_path / "repo", config=f"name: demo\nrelease: {{}}\n{config}")
    make_runnable_dir(made, "apps/shop", {**APP, **files}, versions=("2.5.0",))
    commit_all(made.root, "feat: begin")
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(made.root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(made.root, "push", "--quiet", "origin", "HEAD:main")
    git(made.root, "fetch", "--quiet", "origin")
    return load_repo(made.root)


def _releaser(repo: Repo) -> Releaser:
    client = Client(Endpoint("unix:///nowhere.sock", "", ""))
    return Releaser(client, repo, make_host(repo.root), lambda _: None)


def _options(repo: Repo, **given: object) -> CodeOptions:
    access = Access(make_host(repo.root), None)

    def open_index(_: Repo, index: PackageIndex) -> IndexClient:
        return IndexClient(index, access, lambda: None)

    place = ForgePlace(ForgeKind.GITHUB, "https://f.example", "team/shop", "token")
    options = CodeOptions(open_index=open_index, open_forge=lambda _, __: Session(place, access))
    return replace(options, **given)  # type: ignore[arg-type]


def _found(repo: Repo) -> tuple[ReleasedDir, NextVersion]:
    (one,) = find_released(repo, [repo.runnable_dir("apps/shop")])
    found = next_versions(repo, [one], read_repo_inputs(repo), lambda _: None)[one.name]
    assert isinstance(found, NextVersion)
    return one, found


def _plan(repo: Repo, **given: object) -> CodePlan:
    one, found = _found(repo)
    inputs = read_repo_inputs(repo)
    return plan_code_release(_releaser(repo), one, found, _options(repo, **given), inputs)


def _lines(plan: CodePlan) -> list[str]:
    return printed(plan.steps).splitlines()


def test_what_can_be_made_again_comes_before_what_stays(tmp_path: Path) -> None:
    repo = _repo(tmp_path)
    lines = _lines(_plan(repo))
    commit = git(repo.root, "rev-parse", "--short=12", "HEAD")
    building = f"{NAME}:releasing-prod-2.5.0-{checkout_key(repo)}"
    wanted = [
        f"check that the tree is clean and {commit} is pushed",
        "check that origin has no tag shop-v0.1.0 of another commit",
        f"check that {NAME}:v0.1.0 is free",
        "check that nothing says another version of apps/shop (release_check)",
        f"take the lock {NAME}:prod.claim",
        "build the wheel shop 0.1.0, and try it",
        "check that team has no other shop 0.1.0",
        f"build {building} for linux/amd64",
        "install the wheel of apps/shop, built from what is there",
        f"push {building} to {NAME} by its digest",
        f"push the index to {NAME} by its digest",
        "publish shop 0.1.0 at team",
        f"tag {NAME}:v0.1.0, read it back",
        f"tag {commit} as shop-v0.1.0, push the tag to origin",
        "make the page of shop-v0.1.0 at team/shop, with its notes",
        f"move {NAME}:latest to v0.1.0, read it back",
        f"move {NAME}:stable to v0.1.0, read it back",
        f"rename {building} to {NAME}:v0.1.0 and {NAME}:latest and {NAME}:stable",
    ]
    places = [lines.index(line) for line in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("config", "files", "left_out", "lacking"),
    [
        (INDEX, {}, "the image, since repo_config.yaml names no registry", "push "),
        (
            REGISTRY + INDEX,
            {"devops/config.yaml": ""},
            "the image, since apps/shop/devops/config.yaml has no entrypoint",
            "push ",
        ),
        (REGISTRY, {}, "publishing the wheel, since no index in repo_config.yaml", "publish "),
        (
            REGISTRY + INDEX,
            {"pyproject.toml": '[project]\nname = "shop"\nversion = "0.0.0"\n'},
            "the wheel, since no [build-system] in its pyproject.toml",
            "build the wheel",
        ),
    ],
)
def test_what_a_dir_lacks_is_left_out_and_said(
    tmp_path: Path, config: str, files: Mapping[str, str], left_out: str, lacking: str
) -> None:
    lines = _lines(_plan(_repo(tmp_path, config, **files)))
    assert any(line.startswith(f"left out: {left_out}") for line in lines)
    assert not any(line.startswith(lacking) for line in lines)
    assert any(line.startswith("tag ") for line in lines)
    has_image = any("by its digest" in line for line in lines)
    assert ("test apps/shop in its container (fast tests)" in lines) is not has_image


def test_without_a_forge_it_is_said_why_there_is_no_page(tmp_path: Path) -> None:
    lines = _lines(_plan(_repo(tmp_path), open_forge=lambda _, __: "there is no token"))
    assert "left out: the page, since there is no token" in lines
    assert not any(line.startswith("make the page") for line in lines)


@pytest.mark.parametrize(
    ("code", "asked", "kind"),
    [
        ("", None, CodeKind.WHEEL),
        ("code: index\n", None, CodeKind.WHEEL),
        ("", CodeKind.COPY, CodeKind.COPY),
    ],
)
def test_an_image_has_the_wheel_that_is_released_unless_the_user_says_copy(
    tmp_path: Path, code: str, asked: CodeKind | None, kind: CodeKind
) -> None:
    text = f"{APP['devops/config.yaml']}{code}"
    plan = _plan(_repo(tmp_path, **{"devops/config.yaml": text}), code=asked)
    assert plan.options.code is kind
    assert any(line.startswith("publish shop") for line in _lines(plan))


def test_settings_name_the_floating_tags(tmp_path: Path) -> None:
    text = f"{APP['devops/config.yaml']}release: {{floating: [newest]}}\n"
    lines = _lines(_plan(_repo(tmp_path, **{"devops/config.yaml": text})))
    assert [line for line in lines if line.startswith("move ")] == [
        f"move {NAME}:newest to v0.1.0, read it back"
    ]


def test_several_indexes_need_one_to_be_named(tmp_path: Path) -> None:
    more = "  other: {publish: 'https://o.example/', simple: 'https://o.example/simple/'}\n"
    repo = _repo(tmp_path, REGISTRY + INDEX + more)
    with pytest.raises(HelpersError, match="--index is required") as caught:
        _plan(repo)
    assert "index: team  in apps/shop/devops/config.yaml" in caught.value.fix
    assert "publish shop 0.1.0 at other" in _lines(_plan(repo, index="other"))


def test_a_version_that_the_user_says_is_newer_than_the_last(tmp_path: Path) -> None:
    repo = _repo(tmp_path)
    git(repo.root, "tag", "shop-v1.2.0")
    _, found = _found(repo)
    assert found.version is None
    assert meant(found, Version(1, 3, 0)).tag == "shop-v1.3.0"
    assert meant(found, Version(1, 2, 0)).version is None
    with pytest.raises(HelpersError, match=r"1\.1\.9 is older than shop-v1\.2\.0") as caught:
        meant(found, Version(1, 1, 9))
    assert caught.value.fix == "--version 1.2.1"


class _HasWheel(IndexClient):
    """An index that has the wheel of 1.2.0."""

    def files(self, project: str) -> dict[str, IndexFile]:
        """A wheel of the project."""
        name = f"{project}-1.2.0-py3-none-any.whl"
        return {name: IndexFile(name, f"https://i.example/{name}", {})}


class _HasNone(IndexClient):
    """An index that does not know the project."""

    def files(self, project: str) -> dict[str, IndexFile]:
        """Nothing."""
        del project
        return {}


def _asking(repo: Repo, client: type[IndexClient], **given: object) -> CodeOptions:
    access = Access(make_host(repo.root), None)
    return _options(
        repo,
        open_forge=lambda _, __: "there is no token",
        open_index=lambda _, index: client(index, access, lambda: None),
        **given,
    )


def test_a_tag_that_was_made_by_hand_is_no_release_unless_its_version_is_asked_for(
    tmp_path: Path,
) -> None:
    repo = _repo(tmp_path, INDEX)
    git(repo.root, "tag", "shop-v1.1.0", "HEAD~0")
    write_files(repo.root, {"apps/shop/shop/more.py": "MORE = 1\n"})
    commit_all(repo.root, "feat: more")
    git(repo.root, "tag", "shop-v1.2.0")
    one, found = _found(repo)
    inputs = read_repo_inputs(repo)
    with pytest.raises(HelpersError) as caught:
        plan_rest(_releaser(repo), one, found, _asking(repo, _HasNone), inputs)
    assert "this commit is shop-v1.2.0, and team has no shop 1.2.0" in caught.value.what
    assert caught.value.fix.startswith("i release --dir apps/shop --version 1.2.0 ")
    asked = _asking(repo, _HasNone, version=Version(1, 2, 0))
    plan = plan_rest(_releaser(repo), one, meant(found, asked.version), asked, inputs)
    assert plan
    lines = _lines(plan)
    assert "publish shop 1.2.0 at team" in lines
    assert any(line.endswith("as shop-v1.2.0, push the tag to origin") for line in lines)
    assert plan.next.last
    assert plan.next.last.name == "shop-v1.1.0"


def test_of_a_release_with_its_tag_only_the_rest_is_done_and_only_at_its_commit(
    tmp_path: Path,
) -> None:
    repo = _repo(tmp_path, INDEX)
    git(repo.root, "tag", "shop-v1.2.0")
    no_forge = _asking(repo, _HasWheel)

    def rest() -> CodePlan | None:
        one, found = _found(repo)
        return plan_rest(_releaser(repo), one, found, no_forge, read_repo_inputs(repo))

    plan = rest()
    assert plan
    commit = git(repo.root, "rev-parse", "--short=12", "HEAD")
    assert _lines(plan) == [f"tag {commit} as shop-v1.2.0, push the tag to origin"]
    assert plan.notes.title == "shop 1.2.0"
    # What has its tag hinders no later release, even if its floating tags were not moved.
    assert plan.is_over("v1.2.0")
    assert not plan.is_over("v1.2.1")
    git(repo.root, "push", "--quiet", "origin", "shop-v1.2.0")
    assert rest() is None
    git(repo.root, "push", "--quiet", "origin", ":refs/tags/shop-v1.2.0")
    write_files(repo.root, {"README.md": "More\n"})
    commit_all(repo.root)
    assert rest() is None


def test_without_a_remote_there_is_no_release(tmp_path: Path) -> None:
    repo = _repo(tmp_path)
    git(repo.root, "remote", "remove", "origin")
    with pytest.raises(HelpersError, match="has no remote for its tags") as caught:
        _plan(repo)
    assert "remote add origin" in caught.value.fix


def test_a_dir_of_a_nested_repo_is_released_from_that_repo(tmp_path: Path) -> None:
    inner = _repo(tmp_path)
    outer = make_repo(tmp_path / "outer", config="name: outer\n")
    add_submodule(outer.root, "libs/demo", inner.root)
    checkout = outer.root / "libs" / "demo"
    git(checkout, "remote", "add", "upstream", str(tmp_path / "remote.git"))
    git(checkout, "remote", "remove", "origin")
    git(checkout, "fetch", "--quiet", "upstream")
    repo = load_repo(outer.root)
    name = "libs/demo/apps/shop"
    (one,) = find_released(repo, [repo.runnable_dir(name)])
    inputs = read_repo_inputs(repo)
    found = next_versions(repo, [one], inputs, lambda _: None)[name]
    assert isinstance(found, NextVersion)
    releaser = _releaser(repo.of(name))
    lines = _lines(plan_code_release(releaser, one, found, _options(repo), inputs))
    commit = git(inner.root, "rev-parse", "--short=12", "HEAD")
    assert f"tag {commit} as shop-v0.1.0, push the tag to upstream" in lines
    assert "publish shop 0.1.0 at team" in lines
    assert f"move {NAME}:latest to v0.1.0, read it back" in lines
