"""Which published wheels bring a dir's code, and what is refused."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from packaging.tags import parse_tag

from helpers.images.building.wheels import PublishedCode, Target
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.packages.index import IndexFile, PackageIndex
from helpers.model.repo import Repo
from helpers.model.settings.config import parse_repo_config
from helpers.model.wheel import Mode
from helpers.registry.credentials import Credentials
from helpers.system.lease import working_folder
from helpers.wheels.archive import (
    INPUTS_FILE,
    Entry,
    info_name,
    wheel_file,
    wheel_name,
    write_wheel,
)
from helpers.wheels.open_index import KEPT_WHEELS, OpenIndex, kept_file
from helpers.wheels.open_indexes import Indexes, WantedIndex
from helpers.wheels.options import BuildOptions
from helpers.wheels.plan import plan_wheels
from helpers.wheels.publish import commits_of
from helpers.wheels.published import WantedCode, find_code, runs_with
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir, write_files
from tests.wheel_repos import build_system, whole

_DIR = "projects/api"
_TEAM = PackageIndex("team", "https://h/simple/", "https://h/")
_PYTHON = Target("linux/amd64", "3.13")
_LOCK = 'version = 1\n\n[[package]]\nname = "iniconfig"\nversion = "2.1.0"\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    config = "name: shop\nindexes:\n  team: {publish: https://h/, simple: https://h/simple/}\n"
    made = make_repo(tmp_path / "repo", whole(), config=config)
    make_runnable_dir(made, _DIR)
    commit_all(made.root)
    return made


class Canned(Indexes):
    """An index with some wheels, in the place of one that is asked."""

    def __init__(self, repo: Repo) -> None:
        super().__init__(make_host(repo.root), lambda _: None)
        self.wheels: dict[str, bytes] = {}
        self.hashed = True
        self.downloads: list[str] = []

    def open(self, repo: Repo, named: str, setting: str) -> OpenIndex:
        canned = self

        class Index(OpenIndex):
            def files(self, project: str) -> dict[str, IndexFile]:
                start = project.replace("-", "_")
                names = [one for one in canned.wheels if one.startswith(f"{start}-")]
                return {
                    one: IndexFile(one, f"https://h/{one}", canned.hashes(one)) for one in names
                }

            def download(self, file: IndexFile) -> bytes:
                canned.downloads.append(file.name)
                return canned.wheels[file.name]

        assert (repo.config.name, named, setting) == ("shop", "", f"{_DIR}/devops/config.yaml")
        return Index(_TEAM, cast("Any", None), lambda: None, self._contents)

    def hashes(self, name: str) -> dict[str, str]:
        return {"sha256": hashlib.sha256(self.wheels[name]).hexdigest()} if self.hashed else {}

    def add(
        self,
        name: str,
        version: str,
        *requires: str,
        tag: str = "py3-none-any",
        by: str = "x",
        more: str = "",
    ) -> str:
        """A wheel; `by` is what it was made from, empty: another tool made it."""
        info = f"{info_name(name, version)}.dist-info"
        lines = "".join(f"Requires-Dist: {one}\n" for one in requires)
        text = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{more}{lines}\n"
        files = {
            f"{info}/METADATA": Entry(text.encode()),
            f"{info}/WHEEL": Entry(wheel_file(parse_tag(tag), pure=True)),
        }
        if by:
            files[f"{info}/{INPUTS_FILE}"] = Entry(json.dumps({"inputs": by}).encode())
        path = self.host.directory / wheel_name(name, version, parse_tag(tag))
        write_wheel(path, files, info, 1_700_000_000)
        self.wheels[path.name] = path.read_bytes()
        path.unlink()
        return path.name


def find(
    repo: Repo, indexes: Indexes, target: Target = _PYTHON, version: str = ""
) -> PublishedCode:
    versions = {_DIR: version} if version else {}
    return find_code(indexes, read_repo_inputs(repo), WantedCode(_DIR, "", target, versions))


def test_a_wheel_brings_those_of_the_repo_that_it_pins_each_with_its_hash(repo: Repo) -> None:
    indexes = Canned(repo)
    indexes.add("api", "1.2", "text-lib==1.2", 'store_lib==1.1 ; sys_platform == "linux"', "attrs")
    indexes.add("text-lib", "1.2", "iniconfig>=2")
    indexes.add("store-lib", "1.1", "log-lib[x]==1.0")
    indexes.add("log-lib", "1.0")
    indexes.add("log-lib", "2.0")
    indexes.add("attrs", "99")  # a stranger's: of others the index is not asked
    found = find(repo, indexes)
    names = ["api 1.2", "text-lib 1.2", "store-lib 1.1", "log-lib 1.0"]
    assert [f"{one.name} {one.version}" for one in found.wheels] == names
    for one in found.wheels:
        content = indexes.held(one.sha256)
        assert content == indexes.wheels[one.file]
        assert hashlib.sha256(content).hexdigest() == one.sha256
        assert f"{one.name} {one.version} sha256:{one.sha256}" in str(found)
    assert found.lines[1].startswith(
        "text-lib 1.2 of the index team: text_lib-1.2-py3-none-any.whl"
    )
    assert len(indexes.downloads) == 4


def test_code_that_is_released_is_taken_in_the_version_of_its_commits(repo: Repo) -> None:
    indexes, version = Canned(repo), "1.3.0.dev0+g0123456789ab"
    # It takes no local versions, and so has the number of commits.
    there = f"1.3.0.dev{commits_of(repo.root)}"
    indexes.add("api", "1.2")
    with pytest.raises(HelpersError, match=f"team lacks api {there}") as caught:
        find(repo, indexes, version=version)
    assert caught.value.fix == f"i package_publish --dir {_DIR} --index team"
    indexes.add("api", there, by="")
    with pytest.raises(HelpersError, match="did not make") as caught:
        find(repo, indexes, version=version)
    assert caught.value.fix.startswith(f"commit a change of {_DIR}, whose version follows from")
    indexes.add("api", there)
    assert find(repo, indexes, version=version).release_version == there


def test_what_was_made_from_other_files_is_told(repo: Repo) -> None:
    indexes = Canned(repo)
    (plan,) = plan_wheels(read_repo_inputs(repo), _DIR, BuildOptions(repo.root / "dist"))
    indexes.add("api", "1.2", by=plan.inputs)
    assert not find(repo, indexes).is_older
    write_files(repo.root, {"libs/log/src/log_lib/__init__.py": "NAME = 'new'\n"})
    found = find(repo, indexes)
    assert found.lines[0].endswith(", made from other files than those that are here")


def test_a_file_that_an_earlier_command_installed_is_not_asked_for_again(repo: Repo) -> None:
    indexes = Canned(repo)
    name = indexes.add("api", "1.2")
    sha256 = indexes.hashes(name)["sha256"]
    kept = kept_file(working_folder(repo.root) / KEPT_WHEELS, sha256)
    write_files(kept.parent, {kept.name: "cut off"})
    find(repo, indexes)
    assert indexes.downloads == [name]
    kept.write_bytes(indexes.wheels[name])
    other = Canned(repo)
    other.wheels = indexes.wheels
    assert find(repo, other) == find(repo, indexes)
    assert other.downloads == []
    other.hashed = False  # then the content says which it is
    assert find(repo, other).wheels[0].sha256 == sha256
    assert other.downloads == [name]


@pytest.mark.parametrize("with_data", [False, True])
@pytest.mark.parametrize("mode", Mode)
def test_a_version_that_only_a_backend_knows_is_that_of_a_wheel_that_was_built(
    repo: Repo, mode: Mode, *, with_data: bool
) -> None:
    project = '[project]\nname = "api"\ndynamic = ["version"]\n'
    text = f"{project}{build_system('setuptools', 'setuptools-scm')}"
    write_files(repo.root, {f"{_DIR}/pyproject.toml": text})
    commit_all(repo.root)
    indexes = Canned(repo)
    indexes.add("api", "1.4")
    with pytest.raises(HelpersError, match="only its backend knows") as caught:
        find(repo, indexes)
    assert caught.value.fix == "i package_build --dir projects/api"
    options = BuildOptions(repo.root / "dist", mode, with_data=with_data)
    plan = plan_wheels(read_repo_inputs(repo), _DIR, options)[-1]
    name = indexes.add("api", "1.4", by=plan.inputs)
    (repo.root / "dist").mkdir()
    (repo.root / "dist" / ".gitignore").write_text("*\n")
    (repo.root / "dist" / name).write_bytes(indexes.wheels[name])
    assert [one.version for one in find(repo, indexes).wheels] == ["1.4"]


@pytest.mark.parametrize(
    ("wheels", "what", "where", "fix"),
    [
        (
            [("api", "1.10"), ("api", "1.9")],
            "team lacks api 1.2",
            "https://h/simple/ has: 1.9, 1.10",
            "i package_publish --dir projects/api --index team",
        ),
        (
            [("api", "1.2", "log-lib==1.2")],
            "team lacks log-lib 1.2",
            "no version of it",
            "i package_publish --dir libs/log --index team",
        ),
        (
            [("api", "1.2", "log-lib==1.2", "text-lib==1"), ("log-lib", "1.2", "text-lib==2")],
            "log-lib 1.2 of the index team needs text-lib 2, and api needs it in 1",
            "https://h/simple/",
            'write  version = "1.3"  in libs/log/pyproject.toml\ni package_publish --dir libs/log',
        ),
        (
            [("api", "1.2", "iniconfig>=3")],
            "api 1.2 of the index team needs iniconfig>=3, and uv.lock has 2.1.0",
            "uv.lock",
            'write  version = "1.3"  in projects/api/pyproject.toml',
        ),
        (
            [("api", "1.2", "attrs", 'win; sys_platform == "win32"')],
            "api 1.2 of the index team needs attrs, and uv.lock does not hold it",
            "uv.lock",
            "i package_publish --dir projects/api --index team",
        ),
    ],
)
def test_an_index_that_lacks_what_the_image_needs_is_refused(
    repo: Repo, wheels: list[tuple[str, ...]], what: str, where: str, fix: str
) -> None:
    write_files(repo.root, {f"{_DIR}/uv.lock": _LOCK})
    indexes = Canned(repo)
    for one in wheels:
        indexes.add(*one)
    with pytest.raises(HelpersError) as caught:
        find(repo, indexes)
    assert caught.value.what == what
    assert where in caught.value.where
    assert fix in caught.value.fix


def test_a_package_that_somebody_else_made_is_never_taken(repo: Repo) -> None:
    indexes = Canned(repo)
    name = indexes.add("api", "1.2", by="")
    with pytest.raises(HelpersError, match=f"package_build did not make {name}") as caught:
        find(repo, indexes)
    assert caught.value.where == f"https://h/{name}"
    assert 'version = "1.3"' in caught.value.fix


@pytest.mark.parametrize(
    ("tag", "says", "config"),
    [
        ("cp313-cp313-linux_aarch64", "(linux/amd64, Python 3.13)", True),
        ("cp311-cp311-linux_x86_64", "(linux/amd64, Python 3.13)", False),
        ("cp313-cp313-musllinux_1_2_x86_64", "(linux/amd64, Python 3.13)", False),
    ],
)
def test_a_wheel_that_does_not_run_in_the_image_is_refused(
    repo: Repo, tag: str, says: str, config: bool
) -> None:
    indexes = Canned(repo)
    name = indexes.add("api", "1.2", tag=tag)
    with pytest.raises(HelpersError) as caught:
        find(repo, indexes)
    assert caught.value.what == f"no wheel of api 1.2 at team runs in the image {says}"
    assert caught.value.where == f"https://h/simple/ has: {name}"
    assert ("add linux/amd64 to 'platforms' in projects/api" in caught.value.fix) is config
    assert "i package_publish --dir projects/api --index team" in caught.value.fix
    assert "--code copy" in caught.value.fix


def test_a_wheel_of_another_python_is_refused(repo: Repo) -> None:
    indexes = Canned(repo)
    indexes.add("api", "1.2", more="Requires-Python: >=3.12\n")
    assert find(repo, indexes)
    assert find(repo, indexes, Target("linux/amd64", ""))
    with pytest.raises(HelpersError, match="runs in the image") as caught:
        find(repo, indexes, Target("linux/amd64", "3.11"))
    assert caught.value.where.endswith(", for Python >=3.12")


def test_of_several_wheels_the_one_of_the_platform_is_taken(repo: Repo) -> None:
    indexes = Canned(repo)
    indexes.add("api", "1.2")
    for machine in ("x86_64", "aarch64"):
        indexes.add("api", "1.2", tag=f"cp313-cp313-linux_{machine}")
    for platform, machine in (("linux/amd64", "x86_64"), ("linux/arm64", "aarch64")):
        (one,) = find(repo, indexes, Target(platform, "3.13.1")).wheels
        assert one.file == f"api-1.2-cp313-cp313-linux_{machine}.whl"
    (one,) = find(repo, indexes, Target("linux/amd64", "3.12")).wheels
    assert one.file == "api-1.2-py3-none-any.whl"


@pytest.mark.parametrize(
    ("tag", "python", "runs"),
    [
        ("py3-none-any", "3.11", True),
        ("py2.py3-none-any", "3.11", True),
        ("cp310-abi3-manylinux_2_28_x86_64", "3.13", True),
        ("cp314-abi3-manylinux_2_28_x86_64", "3.13", False),
        ("cp311-cp311-linux_x86_64", "3.11.4", True),
        ("cp311-cp311-linux_x86_64", "", True),
        ("py3-none-musllinux_1_2_x86_64", "", False),
    ],
)
def test_tags_say_on_which_python_a_wheel_runs(tag: str, python: str, runs: bool) -> None:
    assert runs_with(f"api-1.2-{tag}.whl", python) is runs


def test_the_index_is_the_one_that_the_user_names_or_the_settings_or_the_only_one(
    repo: Repo,
) -> None:
    more = "  other: {publish: https://o/, simple: https://o/simple/}\n"
    public = "  public: {simple: https://p/simple/}\n"
    config = (repo.root / "repo_config.yaml").read_text()

    def chosen(text: str, named: str = "", wanted: WantedIndex | None = None) -> OpenIndex:
        own = replace(repo, config=parse_repo_config(text, "repo_config.yaml"))
        return Indexes(make_host(repo.root), lambda _: None, wanted).open(own, named, "d/c.yaml")

    assert str(chosen(config + public).index) == "team"
    assert str(chosen(config + public, "public").index) == "public"
    login = Credentials("ann", "s3cret")
    given = chosen(config + more, "team", WantedIndex("other", "ann", login))
    assert (str(given.index), given.login()) == ("other", login)
    with pytest.raises(HelpersError, match="there are several") as caught:
        chosen(config + more)
    assert caught.value.fix == "--index team   (or  index: team  in d/c.yaml)"
    with pytest.raises(HelpersError, match="this repo names no index") as caught:
        chosen("name: shop\n")
    assert "indexes: {team:" in caught.value.fix
