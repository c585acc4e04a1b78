"""Wheels of real projects: built by real backends, installed where nothing of the repo is."""

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.system.process import run
from tests.builders import TEST_REPO, commit_all, git, make_repo, make_runnable_dir, write_files
from tests.integration.conftest import Workplace
from tests.needs import find_program
from tests.sboms import sbom_problem
from tests.wheel_repos import DECLARATIONS, every_declaration, package, whole

pytestmark = pytest.mark.slow


def place_with(folder: Path, client: Client, files: dict[str, str], *dirs: str) -> Workplace:
    repo = make_repo(folder, config=f"name: {TEST_REPO}\n", files=files)
    for name in dirs:
        make_runnable_dir(repo, name)
    commit_all(folder)
    return Workplace(repo, client)


def built(workplace: Workplace, *args: str) -> str:
    done = workplace.invoke("package_build", *args)
    assert done.status == 0, done.stdout + done.stderr
    return done.stdout


def digests(folder: Path) -> dict[str, str]:
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.glob("*.whl")}


def metadata(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        return archive.read(name).decode().splitlines()


def only(folder: Path, start: str) -> Path:
    (found,) = folder.glob(f"{start}-*.whl")
    return found


_TEST = """\
from importlib.resources import files

from {name} import main
from expected import SAID


def test_it_finds_its_data_and_that_of_a_package(capsys):
    main()
    assert capsys.readouterr().out == SAID
    assert files("{name}").joinpath("data", "own ü.json").read_text() == "1"
    assert files("text_lib").joinpath("text.json").read_text() == "2"
"""


def tests_and_data() -> dict[str, str]:
    """For each project tests and a data file, as in a brick and a package that all of them use."""
    found = {"libs/text/src/text_lib/text.json": "2", "components/shop/price/prices.json": "3"}
    for name in DECLARATIONS:
        if not name.startswith("bricks"):
            found |= {
                f"projects/{name}/src/{name}/data/own ü.json": "1",
                f"projects/{name}/tests/test_{name}.py": _TEST.format(name=name),
                f"projects/{name}/tests/expected.py": 'SAID = "text-lib\\n"\n',
            }
    return found


@pytest.mark.superslow
@pytest.mark.parametrize("mode", ["vendor", "pin"])
def test_every_way_to_declare_a_package_installs_anywhere(
    mode: str, workspace: Path, client: Client, tmp_path: Path
) -> None:
    names = [f"projects/{name}" for name in DECLARATIONS]
    files = {**every_declaration(), **tests_and_data()}
    workplace = place_with(workspace / "repo", client, files, *names)
    make_runnable_dir(workplace.repo, "apps/plain", {"run.py": ""})
    with_data = ["--with-data"] * (mode == "vendor")
    said = built(workplace, "--all", "--mode", mode, *with_data)
    assert "skipped apps/plain: no pyproject.toml" in said
    assert said.count("built dist/") == len(names) + (mode == "pin")
    assert git(workplace.repo.root, "status", "--porcelain") == "?? apps/"
    dist = workplace.repo.root / "dist"
    uv, python = find_program("uv"), tmp_path / "env" / "bin" / "python"
    run([uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "env"])
    wheels = sorted(dist.glob("*.whl"))
    run([uv, "pip", "install", "--quiet", "--python", python, *wheels], cwd=tmp_path)
    for name in DECLARATIONS:
        script = python.with_name("till" if name.startswith("bricks") else name)
        assert run([script], cwd=tmp_path).stdout == "text-lib\n", name
        needs = [one for one in metadata(only(dist, name)) if one.startswith("Requires-Dist: text")]
        extras = "[more]" * (name in ("by_poetry", "by_editable"))
        assert needs == [f"Requires-Dist: text-lib{extras}==1.2"] * (mode == "pin")
    if with_data:
        tested = [name for name in DECLARATIONS if not name.startswith("bricks")]
        assert said.count("with tests (python -m pytest --pyargs by_") == len(tested) == 5
        assert said.count("with no tests and 2 data files") == len(names) - len(tested)
        run([uv, "pip", "install", "--quiet", "--python", python, "pytest"], cwd=tmp_path)
        asked = [f"{name}.tests" for name in tested]
        done = run([python, "-m", "pytest", "-q", "--pyargs", *asked], cwd=tmp_path, check=False)
        assert "5 passed" in done.stdout, done.stdout


@pytest.mark.superslow
def test_the_same_inputs_are_the_same_bytes_and_others_are_refused(
    workspace: Path, client: Client
) -> None:
    first = place_with(workspace / "one ü", client, whole(), "projects/api")
    git(workspace, "clone", "--quiet", str(first.repo.root), "two")
    second = Workplace(make_repo(workspace / "two", config=f"name: {TEST_REPO}\n"), client)
    for workplace in (first, second):
        assert "built dist/api-1.2-py3-none-any.whl" in built(workplace, "--dir", "projects/api")
    dist = first.repo.root / "dist"
    before = digests(dist)
    assert before == digests(second.repo.root / "dist")
    assert "nothing changed, nothing built" in built(first, "--dir", "projects/api")

    write_files(first.repo.root, {"libs/log/src/log_lib/__init__.py": 'NAME = "changed"\n'})
    refused = first.invoke("package_build", "--dir", "projects/api")
    assert refused.status == 2
    assert "--dir projects/api --version 1.3" in refused.stderr
    assert digests(dist) == before
    built(first, "--dir", "projects/api", "--version", "1.3")
    assert digests(dist).items() > before.items()
    # A change of a package that it does not use is no change of the wheel.
    write_files(first.repo.root / "libs/other", package("other", "hatch"))
    said = built(first, "--dir", "projects/api", "--version", "1.3")
    assert "nothing changed" in said
    # It can be built all the same, though no dir uses it.
    assert "built dist/other-1.2-py3-none-any.whl" in built(first, "--dir", "libs/other")
    assert bill_errors(only(dist, "api-1.3")) is None
    assert "skipped projects/api" in built(second, "--all", "--changed-since", "HEAD")


def bill_errors(wheel: Path) -> object:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read("api-1.3.dist-info/sboms/helpers.cdx.json").decode()
    names = {one["name"] for one in json.loads(text)["components"]}
    assert names == {"text-lib", "store-lib", "log-lib"}
    return sbom_problem(text)


_HOOK = """\
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
"""


@pytest.mark.superslow
def test_trouble_of_a_package_is_told_and_leaves_nothing(workspace: Path, client: Client) -> None:
    files = whole()
    workplace = place_with(workspace / "repo", client, files, "projects/api")
    root = workplace.repo.root

    def refused(path: str, text: str) -> str:
        write_files(root, {path: text})
        done = workplace.invoke("package_build", "--dir", "projects/api")
        write_files(root, {path: files.get(path, "")})
        assert done.status == 2, done.stdout
        assert "Traceback" not in done.stderr
        assert not (root / "dist").exists()
        return done.stderr

    said = refused("projects/api/src/api/__init__.py", "import nowhere_at_all\n")
    assert "cannot be imported" in said
    assert "nowhere_at_all" in said
    said = refused("libs/log/pyproject.toml", files["libs/log/pyproject.toml"] + "[project\n")
    assert "libs/log/pyproject.toml" in said

    # A package for one platform makes the wheel one for that platform.
    toml = "libs/text/pyproject.toml"
    hook = files[toml] + "\n[tool.hatch.build.targets.wheel.hooks.custom]\n"
    write_files(root, {toml: hook, "libs/text/hatch_build.py": _HOOK})
    said = built(workplace, "--dir", "projects/api")
    assert "linux_" in said
    with zipfile.ZipFile(next((root / "dist").glob("*.whl"))) as archive:
        assert b"Root-Is-Purelib: false" in archive.read("api-1.2.dist-info/WHEEL")
