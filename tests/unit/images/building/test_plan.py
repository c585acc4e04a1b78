from datetime import date
from pathlib import Path

import pytest

from helpers.images.building.os_packages import lacking_packages
from helpers.images.building.plan import (
    BuildOptions,
    BuildPlan,
    BuildSources,
    as_candidate,
    plan_build,
)
from helpers.images.building.prod_code import ProdCode
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.settings.config import DirConfig
from helpers.model.version import Part, Version
from tests.builders import make_host, make_repo, make_runnable_dir, write_files

TODAY = date(2026, 3, 4)


def plan(
    repo: Repo, options: BuildOptions, platform: str = "", code: ProdCode | None = None
) -> BuildPlan:
    runnable_dir = repo.runnable_dir("app")
    text = runnable_dir.changelog.read_text()
    sources = BuildSources(text, TODAY, DirConfig(entrypoint=("x",)), code)
    return plan_build(repo, runnable_dir, make_host(repo.root), sources, options, platform)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo")
    make_runnable_dir(made, "app", versions=("1.2.3",))
    return made


def test_without_options_the_changelogs_version_is_built(repo: Repo) -> None:
    planned = plan(repo, BuildOptions())
    assert planned.reference == "demo/app:local-tester-1.2.3"
    assert planned.new_changelog == ""


def test_a_bump_plans_the_entry_that_will_be_written(repo: Repo) -> None:
    planned = plan(repo, BuildOptions(bump=Part.MINOR, message="Add pandas"))
    assert planned.reference == "demo/app:local-tester-1.3.0"
    assert planned.new_changelog.startswith("# app-1.3.0\n- 2026-03-04\n- Add pandas\n")
    assert planned.new_changelog.endswith(planned.old_changelog)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (BuildOptions(version=Version(1, 2, 2)), "never go backwards"),
        (BuildOptions(version=Version(1, 3, 0)), "is not the changelog's 1.2.3"),
        (BuildOptions(version=Version(1, 2, 3), bump=Part.MAJOR, message="x"), "exclude"),
        (BuildOptions(bump=Part.MAJOR), "needs a message"),
        (BuildOptions(message="x"), "needs --bump"),
    ],
)
def test_contradicting_options_are_errors(repo: Repo, options: BuildOptions, what: str) -> None:
    with pytest.raises(HelpersError, match=what):
        plan(repo, options)


def test_a_version_that_is_not_the_changelogs_is_told_with_the_bump_of_that_dir(
    repo: Repo,
) -> None:
    with pytest.raises(HelpersError) as caught:
        plan(repo, BuildOptions(version=Version(9, 9, 9)))
    assert caught.value.fix.startswith("--version 1.2.3; or first i docker_build_local_image --dir")


def test_a_dockerfile_of_the_dirs_own_wins(repo: Repo) -> None:
    own = repo.root / "app" / "devops" / "Dockerfile"
    assert plan(repo, BuildOptions()).dockerfile == repo.toolchain / "devops" / "Dockerfile"
    own.write_text("FROM scratch\n")
    assert plan(repo, BuildOptions()).dockerfile == own


def test_source_code_does_not_change_the_content_and_dependencies_do(repo: Repo) -> None:
    before = plan(repo, BuildOptions()).content
    write_files(repo.root / "app", {"src/main.py": "x = 1\n"})
    assert plan(repo, BuildOptions()).content == before
    write_files(repo.root / "app", {"requirements.txt": "x==1\n"})
    assert plan(repo, BuildOptions()).content != before


def test_os_packages_reach_the_build_sorted_and_once(repo: Repo) -> None:
    write_files(repo.root / "app", {"devops/os_packages.txt": "zsh # a shell\n\nfile zsh\n"})
    assert plan(repo, BuildOptions()).args["OS_PACKAGES"] == "file zsh"


def test_a_malformed_os_package_is_an_error_with_its_line(repo: Repo) -> None:
    write_files(repo.root / "app", {"devops/os_packages.txt": "zsh\n$(reboot)\n"})
    with pytest.raises(HelpersError) as caught:
        plan(repo, BuildOptions())
    assert caught.value.where == "app/devops/os_packages.txt:2"


@pytest.mark.parametrize(
    ("wrote", "places"),
    [
        (["E: Unable to locate package dot"], ["app/devops/os_packages.txt:2: dot"]),
        (["E: Version '9' for 'jq' was not found"], ["app/devops/dev_os_packages.txt:1: jq=9"]),
        (
            ["E: Unable to locate package vim:riscv64"],
            ["app/devops/os_packages.txt:3: vim:riscv64"],
        ),
        (
            ["E: Package 'gcc' has no installation candidate", "E: Unable to locate package dot"],
            ["app/devops/os_packages.txt:2: dot", "app/devops/dev_os_packages.txt:2: gcc=1.2"],
        ),
        (["E: Unable to locate package of-somebody-else"], []),
        (["W: Some index files failed to download.", "E: Unable to locate package dot"], []),
        (["no apt here"], []),
    ],
)
def test_packages_that_apt_does_not_have_are_told_with_their_lines(
    repo: Repo, wrote: list[str], places: list[str]
) -> None:
    write_files(
        repo.root / "app",
        {
            "devops/os_packages.txt": "# Draws:\ndot jq\nvim:riscv64\n",
            "devops/dev_os_packages.txt": "jq=9\ngcc=1.2\n",
        },
    )
    error = lacking_packages(repo.runnable_dir("app"), ["Reading", *wrote])
    assert (error.where.splitlines() if error else []) == places
    assert all(place.rpartition(" ")[2] in str(error and error.what) for place in places)


CODE = ProdCode({"app/svc.py": "100644 1"}, "/app/app", ("/app/app",))
PROD = BuildOptions(stage=Stage.PROD)
ARM = "linux/arm64"


def test_each_stage_has_its_part_of_the_one_dockerfile(repo: Repo) -> None:
    assert plan(repo, BuildOptions()).target == "dev"
    assert plan(repo, BuildOptions(stage=Stage.DEV)).target == "dev"
    assert plan(repo, PROD, code=CODE).target == "prod_image"
    tests = BuildOptions(stage=Stage.PROD, releasing="c0ffee00", for_tests=True)
    assert plan(repo, tests, code=CODE).target == "prod_test"
    files = {plan(repo, one, code=c).dockerfile for one, c in ((PROD, CODE), (tests, CODE))}
    assert files == {plan(repo, BuildOptions()).dockerfile}


@pytest.mark.parametrize(
    ("options", "platform", "reference", "also"),
    [
        (BuildOptions(), ARM, "demo/app:local-tester-1.2.3-arm64", ()),
        (PROD, "", "app:prod-1.2.3", ("app:prod",)),
        (PROD, ARM, "app:prod-1.2.3-arm64", ("app:prod-arm64",)),
        (
            BuildOptions(stage=Stage.DEV, releasing="c0ffee00"),
            "",
            "app:releasing-dev-1.2.3-c0ffee00",
            (),
        ),
        (
            BuildOptions(stage=Stage.PROD, releasing="c0ffee00", for_tests=True),
            ARM,
            "app:releasing-prod-1.2.3-test-arm64-c0ffee00",
            (),
        ),
        (BuildOptions(stage=Stage.PROD, candidate="1.3.0.dev0"), "", "app:1.3.0.dev0", ()),
    ],
)
def test_every_kind_of_image_has_a_name_of_its_own(
    repo: Repo, options: BuildOptions, platform: str, reference: str, also: tuple[str, ...]
) -> None:
    code = CODE if options.stage is Stage.PROD else None
    planned = plan(repo, options, platform, code)
    assert (planned.reference, planned.also) == (reference, also)


@pytest.mark.parametrize("platform", ["", ARM])
def test_a_candidate_is_the_planned_build_under_another_name(repo: Repo, platform: str) -> None:
    named = as_candidate(repo, make_host(repo.root), plan(repo, PROD, platform, CODE), "abc")
    assert named == plan(repo, BuildOptions(stage=Stage.PROD, candidate="abc"), platform, CODE)


def test_the_build_cache_of_one_architecture_is_never_that_of_another(tmp_path: Path) -> None:
    repo = make_repo(
        tmp_path / "cached", config="name: a\nregistry: r.example\nbuild_cache: true\n"
    )
    make_runnable_dir(repo, "app", versions=("1.2.3",))
    caches = {
        plan(repo, options, platform, code).cache
        for options, code in ((BuildOptions(), None), (PROD, CODE))
        for platform in ("linux/amd64", ARM)
    }
    assert caches == {
        f"r.example/app:buildcache-{stage}-{architecture}"
        for stage in ("dev", "prod")
        for architecture in ("amd64", "arm64")
    }


def test_without_a_wish_no_registry_is_asked_for_a_cache(repo: Repo) -> None:
    assert plan(repo, BuildOptions()).cache == ""


def test_code_and_platform_change_the_content(repo: Repo) -> None:
    other = ProdCode({"app/svc.py": "100644 2"}, "/app/app", ("/app/app",))
    contents = {
        plan(repo, PROD, code=CODE).content,
        plan(repo, PROD, code=other).content,
        plan(repo, PROD, ARM, CODE).content,
        plan(repo, BuildOptions()).content,
    }
    assert len(contents) == 4
    assert plan(repo, PROD, code=CODE).content in contents


def test_packages_for_development_are_told_apart(repo: Repo) -> None:
    files = {"devops/os_packages.txt": "libpq5\n", "devops/dev_os_packages.txt": "gcc\n"}
    write_files(repo.root / "app", files)
    args = plan(repo, BuildOptions()).args
    assert (args["OS_PACKAGES"], args["DEV_OS_PACKAGES"]) == ("libpq5", "gcc")


@pytest.mark.parametrize(
    ("lock", "option"), [("poetry.lock", "--with=prod"), ("uv.lock", "--group=prod")]
)
def test_the_group_for_production_is_asked_for_where_there_is_one(
    repo: Repo, lock: str, option: str
) -> None:
    content = 'version = 1\n[metadata]\ncontent-hash = "x"\n'
    project = '[project]\nname = "app"\n'
    write_files(repo.root / "app", {lock: content, "pyproject.toml": project})
    assert "PROD_GROUPS" not in plan(repo, PROD, code=CODE).args
    groups = f"{project}[dependency-groups]\nprod = []\n"
    write_files(repo.root / "app", {"pyproject.toml": groups})
    assert plan(repo, PROD, code=CODE).args["PROD_GROUPS"] == option


def test_a_snapshot_of_packages_reaches_the_build(tmp_path: Path) -> None:
    config = "package_snapshot: 20261101T000000Z\npackage_mirror: https://m.example/archive\n"
    repo = make_repo(tmp_path / "pinned", config=f"name: a\n{config}")
    make_runnable_dir(repo, "app", versions=("1.2.3",))
    args = plan(repo, BuildOptions()).args
    assert args["PACKAGE_SNAPSHOT"] == "20261101T000000Z"
    assert args["PACKAGE_MIRROR"] == "https://m.example/archive"


def test_a_dockerfile_of_the_dirs_own_must_have_what_is_asked_of_it(repo: Repo) -> None:
    own = repo.root / "app" / "devops" / "Dockerfile"
    own.write_text("FROM scratch\n")
    assert plan(repo, BuildOptions()).target == ""
    with pytest.raises(HelpersError, match="has no stage 'prod'"):
        plan(repo, PROD, code=CODE)
    own.write_text("FROM scratch AS dev\nFROM scratch AS prod\n")
    assert plan(repo, BuildOptions()).target == "dev"
    assert plan(repo, PROD, code=CODE).target == "prod_image"
    tests = BuildOptions(stage=Stage.PROD, releasing="c0ffee00", for_tests=True)
    with pytest.raises(HelpersError, match="no stage test_packages"):
        plan(repo, tests, code=CODE)
