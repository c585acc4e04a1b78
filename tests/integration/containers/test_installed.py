"""Code is there as after `pip install -e`: with an engine, real backends and the real index."""

import json
import os
import threading
from pathlib import Path

import pytest

from helpers.system.process import ProcessResult, run
from tests.builders import commit_all, git, write_files
from tests.installable import FLIT, HATCH, PACKAGES, TESTS
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow


def _add_packages(workplace: Workplace, *names: str) -> str:
    """Write packages below `libs/`; the requirements that name them, `inner` excepted."""
    for name in names:
        files = {f"libs/{name}/{path}": text for path, text in PACKAGES[name].items()}
        write_files(workplace.repo.root, files)
    return "".join(f"-e ../../libs/{name}\n" for name in names if name != "inner")


def _passed(done: ProcessResult, number: int) -> None:
    assert f"{number} passed, 0 failed" in done.stdout, done.stdout + done.stderr
    assert "it has no metadata" not in done.stdout, done.stdout


@pytest.mark.superslow
def test_each_backend_is_asked_and_the_work_tree_stays_as_it_is(workplace: Workplace) -> None:
    requirements = _add_packages(workplace, *PACKAGES)
    workplace.add_dir("apps/one", TESTS, **{"requirements_paths.txt": requirements})
    root = workplace.repo.root
    git(root, "tag", "v1.2.3")
    number = TESTS.count("def test") - 2 + 11 + 3

    _passed(workplace.main_pytest("--dir", "apps/one"), number)
    assert _written(root) == []
    owners = {path.lstat().st_uid for path in root.rglob("*")}
    assert owners == {os.getuid()}

    # The same in a container that sees the work tree itself, and in a shell.
    _passed(workplace.main_pytest("--dir", "apps/one", "--no-reuse"), number)
    done = workplace.invoke("docker_cmd", "--dir", "apps/one", "--cmd", "inner-command")
    assert "this is inner" in done.stdout, done.stdout + done.stderr
    assert _written(root) == []

    again = workplace.main_pytest("--dir", "apps/one")
    assert "reused" in again.stdout or "cached" in again.stdout, again.stdout
    # A new tag is a new version, although no file changed.
    git(root, "tag", "-f", "v1.2.4")
    git(root, "tag", "-d", "v1.2.3")
    changed = workplace.main_pytest("--dir", "apps/one")
    assert "'1.2.4' == '1.2.3'" in changed.stdout + _log(root), changed.stdout


def _written(root: Path) -> list[str]:
    """What is not committed, our own folders and caches of tests that run apart."""
    found = git(root, "status", "--porcelain", "--ignored", "--untracked-files=all").splitlines()
    return [one for one in found if "cache" not in one and not one.startswith("!! tmp.")]


def _log(root: Path) -> str:
    return "".join(path.read_text() for path in (root / "tmp.main_pytest").rglob("log.txt"))


@pytest.mark.superslow
def test_a_backend_that_fails_is_told_and_its_code_can_be_imported(workplace: Workplace) -> None:
    broken = FLIT["pyproject.toml"].replace('"version", ', "")
    files = {"pyproject.toml": broken, "by_flit/__init__.py": '"""Lamps."""\nVALUE = 1\n'}
    write_files(workplace.repo.root, {f"libs/flit/{name}": text for name, text in files.items()})
    test = "import by_flit\n\n\ndef test_it():\n    assert by_flit.VALUE\n"
    paths = {"requirements_paths.txt": "-e ../../libs/flit\n"}
    workplace.add_dir("apps/one", test, **paths)
    for _ in range(2):
        # Not recorded as a pass: with metadata the tests may see something else.
        done = workplace.main_pytest("--dir", "apps/one")
        assert "1 passed, 0 failed" in done.stdout, done.stdout
        assert (
            "libs/flit/pyproject.toml: its build backend flit_core.buildapi failed" in done.stdout
        )
        assert "reused" not in done.stdout
    write_files(workplace.repo.root, {"libs/flit/by_flit/__init__.py": FLIT["by_flit/__init__.py"]})
    write_files(workplace.repo.root, {"libs/flit/pyproject.toml": FLIT["pyproject.toml"]})
    commit_all(workplace.repo.root)
    done = workplace.invoke(
        *("docker_cmd", "--dir", "apps/one", "--cmd"),
        "python -c 'import importlib.metadata as m; print(m.version(\"by-flit\"))'",
    )
    assert "1.1" in done.stdout, done.stdout + done.stderr


@pytest.mark.superslow
def test_a_new_version_in_the_code_is_seen_by_the_next_command(workplace: Workplace) -> None:
    write_files(workplace.repo.root, {f"libs/hatch/{name}": text for name, text in HATCH.items()})
    workplace.add_dir("apps/one", "", **{"requirements_paths.txt": "-e ../../libs/hatch\n"})
    command = ("docker_cmd", "--dir", "apps/one", "--cmd")
    print_it = "python -c 'import by_hatch; print(by_hatch.VERSION)'"
    built = workplace.invoke("docker_build_local_image", "--dir", "apps/one")
    assert built.status == 0, built.stderr
    assert "2.2" in workplace.invoke(*command, print_it).stdout
    about = workplace.repo.root / "libs/hatch/src/by_hatch/about.py"
    about.write_text('__version__ = "2.3"\n')
    assert "2.3" in workplace.invoke(*command, print_it).stdout


@pytest.mark.superslow
def test_two_commands_at_once_make_the_same(workplace: Workplace) -> None:
    requirements = _add_packages(workplace, "flit", "hatch")
    test = "from importlib.metadata import version\n\ndef test_it(): assert version('by-flit')\n"
    for name in ("apps/one", "apps/two"):
        workplace.add_dir(name, test, **{"requirements_paths.txt": requirements})
    results: list[ProcessResult] = []
    threads = [
        threading.Thread(target=lambda n=name: results.append(workplace.main_pytest("--dir", n)))
        for name in ("apps/one", "apps/two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for done in results:
        _passed(done, 1)
    made = workplace.repo.root / "tmp.helpers" / "installed"
    assert not list(made.glob(".installing-*"))
    assert len(list(made.glob("*/site"))) == 2


@pytest.mark.superslow
def test_an_image_without_an_environment_of_ours_has_it_too(workplace: Workplace) -> None:
    requirements = _add_packages(workplace, "flit", "setup_cfg")
    dockerfile = (
        "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n"
        "RUN rm -f /usr/lib/python3*/EXTERNALLY-MANAGED && ln -sf python3 /usr/bin/python\n"
    )
    files = {"requirements_paths.txt": requirements, "devops/Dockerfile": dockerfile}
    workplace.add_dir("apps/own", "", **files)
    built = workplace.invoke("docker_build_local_image", "--dir", "apps/own")
    assert built.status == 0, built.stdout + built.stderr
    done = workplace.invoke("docker_cmd", "--dir", "apps/own", "--cmd", "by-setup-cfg")
    assert "this is setup.cfg" in done.stdout, done.stdout + done.stderr


def test_the_python_of_an_image_is_asked_once(workplace: Workplace) -> None:
    workplace.add_dir("apps/one", "", **{"shop/__init__.py": ""})
    built = workplace.invoke("docker_build_local_image", "--dir", "apps/one")
    assert built.status == 0, built.stderr
    look = "cd / && python -c 'import shop' && { test -e /helpers/installed; echo late=$?; }"
    for late in (0, 1):
        done = workplace.invoke("docker_cmd", "--dir", "apps/one", "--cmd", look)
        assert f"late={late}" in done.stdout, done.stdout + done.stderr
        workplace.invoke("docker_kill")


@pytest.mark.superslow
def test_a_production_image_has_metadata_and_commands(workplace: Workplace) -> None:
    packages = ("flit", "hatch", "scm", "outer", "inner")
    _add_packages(workplace, *packages)
    paths = "".join(f"-e ../../libs/{name}\n" for name in packages if name != "inner")
    code = (
        "import importlib.metadata as m, subprocess, by_hatch, by_scm;"
        " points = [p.load().__name__ for p in m.entry_points(group='lamps')];"
        " said = subprocess.check_output(['inner-command'], text=True).strip();"
        " print(by_hatch.VERSION, by_scm.VERSION, m.version('inner'), points, said)"
    )
    config = f"entrypoint: {json.dumps(['python', '-c', code])}\n"
    workplace.add_dir("apps/one", "", **{"devops/config.yaml": config, "requirements_x.txt": paths})
    root = workplace.repo.root
    git(root, "tag", "v1.2.3")
    local = workplace.invoke("docker_build_local_image", "--dir", "apps/one")
    assert local.status == 0, local.stderr
    done = workplace.invoke("docker_build_prod_image", "--dir", "apps/one")
    assert done.status == 0, done.stdout + done.stderr
    image = "helpers-test-apps-one:prod-1.0.0"
    ran = run(["docker", "run", "--rm", "--read-only", image])
    assert ran.stdout == "2.2 1.2.3 9 ['Warm'] this is inner\n"
    assert _written(root) == []
    run(["docker", "rmi", image, "helpers-test-apps-one:prod"])
