import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run


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


@pytest.mark.parametrize(
    ("how", "starts", "has"),
    [
        (("uv", "dev", True), ["uv", "pip", "sync"], []),
        (("uv", "dev", False), ["uv", "pip", "install"], ["--requirement=r.txt"]),
        (("uv", "dev", False, True), ["uv", "pip", "sync"], ["--only-binary", "r.txt"]),
        (("uv", "prod", True, True, "aarch64-manylinux_2_36"), ["uv", "pip", "sync"],
         ["--only-binary", "--python-platform", "aarch64-manylinux_2_36"]),
    ],
)  # fmt: skip
def test_wheels_alone_are_installed_for_another_platform(
    how: tuple[object, ...], starts: list[str], has: list[str]
) -> None:
    module = load()
    command = module._command(module.Installing(*how), [], ["r.txt"])
    assert command[:3] == starts
    assert set(has) <= set(command)
    assert ("--only-binary" in command) is (len(how) > 3)


@pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm64", "linux/riscv64"])
def test_only_another_platform_is_named_to_uv(platform: str) -> None:
    script = TOOLCHAIN_ROOT / "devops" / "in_build" / "uv_platform.sh"
    machine = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}.get(platform, "")
    said = run(["sh", str(script), platform]).stdout.strip()
    if machine in ("", os.uname().machine):
        assert said == ""
    else:
        libc, version = os.confstr("CS_GNU_LIBC_VERSION").split()  # type: ignore[union-attr]
        assert libc == "glibc"
        minor = min(int(version.split(".")[1]), 40)
        assert said == f"{machine}-manylinux_2_{minor}"


def test_what_is_no_wheel_leaves_no_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    module = load()
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\ncase $1 in venv) mkdir -p "$5";; *) exit 1;; esac\n')
    uv.chmod(0o755)
    (tmp_path / "requirements.txt").write_text("x==1\n")
    monkeypatch.setattr(module, "TARGET", tmp_path / "venv")
    monkeypatch.setattr(module, "LAYER", tmp_path / "layer")
    arguments = (str(tmp_path), str(uv), "dev", "complete")
    assert module.main(*arguments) == 1
    assert (tmp_path / "venv").is_dir()
    assert module.main(*arguments, "wheels", "") == 0
    assert "installed after the OS packages" in capfd.readouterr().out
    assert not (tmp_path / "venv").exists()
    assert (tmp_path / "layer").is_dir()
