import re
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.images.building.wheels import PublishedCode, PublishedWheel
from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import Stage
from helpers.model.version import Version
from helpers.release.candidate import CandidatePlan, plan_candidate
from helpers.release.earlier_builds import PushPlan
from helpers.release.owner import Releaser
from helpers.release.plan import (
    ReleaseOptions,
    TagsPlan,
    check_published,
    checkout_key,
    plan_release,
    platforms_of,
)
from helpers.release.published_commit import Published
from helpers.release.step_kinds import printed
from helpers.release.versions_now import VersionsNow
from helpers.wheels.for_images import ImageWheels
from tests.builders import commit_all, git, make_host, make_repo, make_runnable_dir, write_files
from tests.wheel_repos import build_system

CONFIG = "name: demo\nregistry: r.example:5000/team\nregistries: {public: p.example/us}\n"
APP = {
    "requirements.txt": "",
    "svc.py": "",
    "devops/config.yaml": "entrypoint: [python, -m, svc]\nplatforms: [linux/amd64, linux/arm64]\n",
}


def _lines(plan: TagsPlan) -> list[str]:
    return printed(plan.steps).splitlines()


def _steps(tmp_path: Path, stage: Stage, **options: object) -> list[str]:
    repo = make_repo(tmp_path / "repo", config=CONFIG)
    app = make_runnable_dir(repo, "app", APP, image_name="app", versions=("1.2.0",))
    commit_all(repo.root)
    wanted = ReleaseOptions(stage, **options)  # type: ignore[arg-type]
    return _lines(plan_release(repo, app, make_host(repo.root), wanted))


def test_a_release_of_both_architectures_says_every_step_with_its_names(tmp_path: Path) -> None:
    lines = _steps(tmp_path, Stage.PROD)
    name = "r.example:5000/team/app"
    key = checkout_key(make_repo(tmp_path / "repo", config=CONFIG))
    wanted = [
        f"check that {name} takes a push, and that nobody else releases it",
        f"check that {name}:prod-1.2.0 is free",
        f"take the lock {name}:prod.claim",
        f"build {name}:releasing-prod-1.2.0-{key} for linux/amd64",
        f"build {name}:releasing-prod-1.2.0-arm64-{key} for linux/arm64",
        f"test in {name}:releasing-prod-1.2.0-test-{key} (fast tests)",
        f"push {name}:releasing-prod-1.2.0-{key} to {name} by its digest",
        f"push {name}:releasing-prod-1.2.0-arm64-{key} to {name} by its digest",
        f"tag {name}:prod-1.2.0, read it back",
        f"move {name}:prod to prod-1.2.0, read it back",
        f"rename {name}:releasing-prod-1.2.0-{key} to {name}:prod-1.2.0 and {name}:prod",
        f"remove {name}:releasing-prod-1.2.0-test-{key}",
    ]
    places = [lines.index(line) for line in wanted]
    assert places == sorted(places)
    assert not any("-test-arm64" in line for line in lines)


def test_tests_run_on_every_platform_when_asked(tmp_path: Path) -> None:
    lines = _steps(tmp_path, Stage.DEV, test_all_platforms=True)
    name = "r.example:5000/team/app:releasing-dev-1.2.0"
    key = checkout_key(make_repo(tmp_path / "repo", config=CONFIG))
    assert f"test in {name}-{key} (fast tests)" in lines
    assert f"test in {name}-arm64-{key} (fast tests)" in lines


def test_several_registries_are_tagged_before_any_floating_tag_moves(tmp_path: Path) -> None:
    lines = _steps(tmp_path, Stage.DEV, registries=("default", "public"))
    tagged = [n for n, line in enumerate(lines) if line.endswith(":dev-1.2.0, read it back")]
    moved = [n for n, line in enumerate(lines) if line.startswith("move ")]
    assert len(tagged) == len(moved) == 2
    assert max(tagged) < min(moved)


def test_a_registry_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(HelpersError) as caught:
        _steps(tmp_path, Stage.DEV, registries=("publik",))
    assert "no registry 'publik'; they have: default, public" in caught.value.what
    assert caught.value.fix == "--registry public"


def test_without_a_registry_it_is_said_what_to_write(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    app = make_runnable_dir(repo, "app", APP)
    with pytest.raises(HelpersError, match="the repo names no registry"):
        plan_release(repo, app, make_host(repo.root), ReleaseOptions(Stage.DEV))


def test_platforms_are_those_asked_for_or_the_dirs_or_the_repos_or_the_hosts(
    tmp_path: Path,
) -> None:
    repo = make_repo(tmp_path / "repo", config="name: a\nplatforms: [linux/arm64]\n")
    app = make_runnable_dir(repo, "app", APP)
    plain = make_runnable_dir(repo, "plain", {})
    host = make_host(repo.root)
    assert platforms_of(repo, app, host, ("linux/arm64",)) == ("linux/arm64",)
    assert platforms_of(repo, app, host, ()) == ("linux/amd64", "linux/arm64")
    assert platforms_of(repo, plain, host, ()) == ("linux/arm64",)


@pytest.mark.parametrize(
    ("published", "what"),
    [
        (Published("", False, False, ""), "there is no commit to release"),
        (Published("c" * 40, True, True, ""), "the tree is not clean"),
        (Published("c" * 40, False, False, ""), "is not pushed"),
    ],
)
def test_what_others_cannot_have_is_released_for_a_reason_alone(
    published: Published, what: str, tmp_path: Path
) -> None:
    root = make_repo(tmp_path / "repo").root
    write_files(root, {"new.txt": "", "repo_config.yaml": ""})
    with pytest.raises(HelpersError, match=what) as caught:
        check_published(published, root)
    assert "--force" in caught.value.fix
    names = {"new.txt", "repo_config.yaml"} if published.dirty else set()
    assert set(caught.value.where.removeprefix(f"{root}").lstrip(": ").split(", ")) - {""} == names
    plan = replace(_push_plan(tmp_path), published=published, here=published)
    replace(plan, options=ReleaseOptions(Stage.DEV, forced="fire")).check_published(root)


@pytest.mark.parametrize(
    ("built", "what", "tree_is_published"),
    [
        (Published("c" * 40, True, True, ""), "a tree that was not clean", True),
        (Published("b" * 40, False, False, ""), "not built from the newest commit", True),
        (Published("c" * 40, True, True, ""), "a tree that was not clean", False),
    ],
)
def test_an_image_of_another_state_is_built_again_before_it_is_pushed(
    built: Published, what: str, tree_is_published: bool, tmp_path: Path
) -> None:
    here = Published("c" * 40, not tree_is_published, True, "")
    plan = replace(_push_plan(tmp_path), published=built, here=here)
    with pytest.raises(HelpersError, match=what) as caught:
        plan.check_published(tmp_path / "repo")
    lines = caught.value.fix.splitlines()
    assert lines[-3:-1] == [
        "i docker_build_local_image --dir app",
        "i docker_tag_local_image_as_dev --dir app",
    ]
    assert bool(lines[:-3]) is not tree_is_published


def test_what_is_committed_and_pushed_is_released(tmp_path: Path) -> None:
    _push_plan(tmp_path).check_published(tmp_path / "repo")


def _push_plan(tmp_path: Path) -> PushPlan:
    published = Published("c" * 40, False, True, "")
    return PushPlan(
        runnable_dir=make_runnable_dir(make_repo(tmp_path / "repo"), "app"),
        stage=Stage.DEV,
        version=Version(1, 0, 0),
        image_name="app",
        addresses={"default": "r.example"},
        builds=(),
        tests=(),
        renames=(),
        published=published,
        options=ReleaseOptions(Stage.DEV),
        references=("r.example/app:dev-1.0.0",),
        here=published,
    )


def test_a_push_of_what_is_built_builds_and_tests_nothing(tmp_path: Path) -> None:
    lines = _lines(_push_plan(tmp_path))
    assert lines[0].startswith("check that r.example/app:dev-1.0.0 come from a clean tree")
    assert "push r.example/app:dev-1.0.0 to r.example/app by its digest" in lines
    assert not any(line.startswith(("build", "test")) for line in lines)


def test_the_images_of_a_release_and_those_of_its_tests_have_their_code_from_one_wheel(
    tmp_path: Path,
) -> None:
    repo = make_repo(tmp_path / "repo", config=CONFIG)
    project = '[project]\nname = "svc"\nversion = "1"\n' + build_system("setuptools")
    app = make_runnable_dir(repo, "app", {**APP, "pyproject.toml": project})
    commit_all(repo.root)
    host, options = make_host(repo.root), ReleaseOptions(Stage.PROD, code=CodeKind.WHEEL)
    plan = plan_release(repo, app, host, options)
    wheels = {build.code.wheel for build in (*plan.builds, *plan.tests) if build.code}
    assert len(wheels) == 1
    assert None not in wheels
    copied = plan_release(repo, app, host, ReleaseOptions(Stage.PROD))
    assert {build.code.wheel for build in copied.builds if build.code} == {None}


def test_the_images_of_a_release_and_those_of_its_tests_have_the_same_published_code(
    tmp_path: Path,
) -> None:
    repo = make_repo(tmp_path / "repo", config=CONFIG)
    app = make_runnable_dir(repo, "app", APP)
    commit_all(repo.root)
    code = PublishedCode((PublishedWheel("svc", "1", "svc-1.whl", "ab"),), "team", is_older=False)

    class Index(ImageWheels):
        def find_published(self, *_: object) -> PublishedCode:
            return code

    host = make_host(repo.root)
    options = ReleaseOptions(Stage.PROD, code=CodeKind.INDEX, wheels=Index())
    plan = plan_release(repo, app, host, options)
    found = [build.code.published for build in (*plan.builds, *plan.tests) if build.code]
    assert found == [code] * 3  # two platforms, and the tests of one
    releaser = Releaser(Client(Endpoint("unix:///nowhere", "test")), repo, host, lambda _: None)
    builds = plan_candidate(releaser, app, options).builds
    assert [build.code.published for build in builds if build.code] == [code] * 2


def test_a_candidate_with_its_code_in_another_way_has_another_name(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", config=CONFIG)
    project = '[project]\nname = "svc"\nversion = "1"\n' + build_system("setuptools")
    app = make_runnable_dir(repo, "app", {**APP, "pyproject.toml": project})
    commit_all(repo.root)
    client = Client(Endpoint("unix:///nowhere", "test"))
    releaser = Releaser(client, repo, make_host(repo.root), lambda _: None)
    kinds = (None, CodeKind.COPY, CodeKind.WHEEL)
    as_settings, copied, wheel = (
        plan_candidate(releaser, app, ReleaseOptions(Stage.PROD, code=kind)).tag for kind in kinds
    )
    assert as_settings == copied
    assert wheel.startswith(f"{copied}-")


def test_between_two_releases_a_candidate_is_tagged_by_the_version_of_its_code(
    tmp_path: Path,
) -> None:
    repo = make_repo(tmp_path / "repo", config=f"{CONFIG}release: {{}}\n")
    project = '[project]\nname = "svc"\nversion = "1"\n' + build_system("setuptools")
    app = make_runnable_dir(repo, "app", {**APP, "pyproject.toml": project})
    commit_all(repo.root)
    git(repo.root, "tag", "app-v1.2.3")
    client = Client(Endpoint("unix:///nowhere", "test"))
    releaser = Releaser(client, repo, make_host(repo.root), lambda _: None)

    def candidate(code: CodeKind | None = None) -> CandidatePlan:
        versions = VersionsNow(repo, lambda _: None)
        wheels = ImageWheels(versions=versions)
        return plan_candidate(releaser, app, ReleaseOptions(Stage.PROD, code=code, wheels=wheels))

    # That of a release would take the place of its image.
    released = git(repo.root, "rev-parse", "HEAD")
    assert candidate().tag == f"prod-tester-{released[:10]}"
    write_files(repo.root, {"app/more.py": ""})
    commit = commit_all(repo.root, "feat: more")
    plan = candidate()
    version = f"1.3.0.dev0-g{commit[:12]}"
    assert re.fullmatch(rf"{version}-[0-9a-f]{{6}}", plan.tag)
    assert {build.reference.rpartition(":")[2] for build in plan.builds} >= {plan.tag}
    wheel = candidate(CodeKind.WHEEL).tag
    assert wheel.startswith(f"{version}-")
    assert wheel != plan.tag
    # Another commit that changes neither code nor environment makes the very same image.
    write_files(repo.root, {"notes.txt": "more"})
    commit_all(repo.root, "docs: more")
    assert candidate().tag == plan.tag
    write_files(repo.root, {"app/more.py": "MORE = 1\n"})
    assert candidate().tag.startswith(f"{version}.d")


def test_candidates_of_one_code_in_two_environments_have_two_tags(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", config=f"{CONFIG}release: {{}}\n")
    app = make_runnable_dir(repo, "app", APP)
    commit = commit_all(repo.root, "feat: it")
    client = Client(Endpoint("unix:///nowhere", "test"))
    releaser = Releaser(client, repo, make_host(repo.root), lambda _: None)

    def tag(platforms: tuple[str, ...] = ()) -> str:
        wheels = ImageWheels(versions=VersionsNow(repo, lambda _: None))
        options = ReleaseOptions(Stage.PROD, platforms=platforms, wheels=wheels)
        return plan_candidate(releaser, app, options).tag

    tags = [tag(), tag(("linux/arm64",))]
    for branch, package in (("one", "curl"), ("two", "wget")):
        git(repo.root, "switch", "--quiet", "--create", branch, commit)
        write_files(repo.root, {"app/devops/os_packages.txt": f"{package}\n"})
        commit_all(repo.root, f"build: {package}")
        tags.append(tag())
    assert all(one.startswith(f"0.1.0.dev0-g{commit[:12]}-") for one in tags)
    assert len(set(tags)) == 4
