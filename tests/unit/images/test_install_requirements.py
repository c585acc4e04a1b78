import importlib.util
from types import ModuleType

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT


def load() -> ModuleType:
    path = TOOLCHAIN_ROOT / "devops" / "in_build" / "install_requirements.py"
    spec = importlib.util.spec_from_file_location("install_requirements", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "line",
    [
        "-e ../lib", "-e file:///srv/lib", "./lib", ".", "/srv/lib", "file:///srv/lib",
        "lib @ file:///srv/lib ; python_version >= '3'", "lib[extra] @ ../lib",
    ],
)  # fmt: skip
def test_local_paths_are_left_out(line: str) -> None:
    assert load().split_local(line) == ([], [line])


@pytest.mark.parametrize(
    "line", ["x==1", "x @ https://h/x.whl", "-e git+https://h/x.git", "-r requirements_b.txt"]
)
def test_what_can_be_installed_anywhere_is_kept(line: str) -> None:
    assert load().split_local(line) == ([line], [])


def test_hashes_over_several_lines_belong_to_their_requirement() -> None:
    module = load()
    lines = module.logical_lines(
        "# c\nx==1 \\\n    --hash=sha256:a \\\n    --hash=sha256:b\n\ny==2\n"
    )
    assert lines == ["x==1  --hash=sha256:a  --hash=sha256:b", "y==2"]
    assert not module.all_have_hashes(lines)
    assert module.all_have_hashes(["--index-url https://h", lines[0]])


HASHED = "x==1 --hash=sha256:a\n"


@pytest.mark.parametrize(
    ("texts", "stage", "wanted"),
    [
        ({"requirements.txt": "x"}, "dev", ["requirements.txt"]),
        ({}, "dev", []),
        (
            {"requirements.txt": "x", "requirements-dev.txt": "y", "requirements_test.txt": "z"},
            "dev",
            ["requirements.txt", "requirements-dev.txt", "requirements_test.txt"],
        ),
        ({"requirements.txt": "x", "requirements_dev.txt": "y"}, "prod", ["requirements.txt"]),
        ({"requirements.txt": HASHED, "requirements_dev.txt": "y"}, "dev", ["requirements.txt"]),
        (
            {"requirements.txt": f"-e .\n{HASHED}", "requirements_dev.txt": HASHED},
            "dev",
            ["requirements.txt", "requirements_dev.txt"],
        ),
    ],
)
def test_developing_gets_more_where_that_leaves_no_hash_unchecked(
    texts: dict[str, str], stage: str, wanted: list[str]
) -> None:
    assert load().wanted_files(texts, stage) == wanted


def test_included_files_come_along_each_once() -> None:
    texts = {"a.txt": "-r b.txt\n--constraint=./c.txt\n-r gone.txt\n", "b.txt": "-r a.txt\n"}
    texts["c.txt"] = ""
    assert load().with_included(texts, ["a.txt"]) == ["a.txt", "b.txt", "c.txt"]
