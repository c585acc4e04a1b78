"""Where the thin environment is, and when it is as good as new."""

import os
import re
from pathlib import Path

import pytest
import thin_env

PYTHON = Path("/usr/bin/python3.13")


def key(
    requirements: bytes = b"invoke==3.0.3\n",
    interpreter: Path = PYTHON,
    tag: str = "cpython-313",
    machine: str = "x86_64",
) -> str:
    return thin_env.environment_key(requirements, interpreter, tag, machine)


def make_environment(root: Path, name: str = "key") -> Path:
    """A directory that looks like a complete environment, of an interpreter in `root`."""
    interpreter = root / "python3.13"
    interpreter.write_text("")
    env = root / name
    (env / "bin").mkdir(parents=True)
    (env / "bin" / "python").symlink_to(interpreter)
    thin_env._stamp(env)
    return env


@pytest.mark.parametrize(
    "other",
    [
        key(requirements=b"invoke==3.0.4\n"),
        key(interpreter=Path("/opt/bin/python3.13")),
        key(tag="cpython-314"),
        key(machine="aarch64"),
    ],
)
def test_key_differs_with_each_thing_that_an_environment_depends_on(other: str) -> None:
    assert other != key()


def test_key_starts_with_what_the_shell_can_compute() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}-x86_64-cpython-313-[0-9a-f]{8}", key())


def test_root_is_in_the_users_data_directory() -> None:
    assert thin_env.default_root({"XDG_DATA_HOME": "/d"}) == Path("/d/helpers/thin_envs")


def test_relative_data_directory_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")

    root = thin_env.default_root({"XDG_DATA_HOME": "data"})

    assert root == Path("/home/ann/.local/share/helpers/thin_envs")


def test_environment_is_fresh_until_its_interpreter_is_replaced(tmp_path: Path) -> None:
    env = make_environment(tmp_path)
    assert thin_env.is_fresh(env)

    os.utime(tmp_path / "python3.13", (1, 1))

    assert not thin_env.is_fresh(env)


def test_environment_whose_interpreter_is_gone_is_not_fresh(tmp_path: Path) -> None:
    env = make_environment(tmp_path)

    (tmp_path / "python3.13").unlink()

    assert not thin_env.is_fresh(env)


def test_environment_baked_into_an_image_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thin_env, "BAKED_ROOT", tmp_path)
    baked = make_environment(tmp_path)

    found = thin_env.locate("key", None, {"XDG_DATA_HOME": str(tmp_path / "own")})

    assert found == baked


def test_given_root_wins_over_the_baked_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thin_env, "BAKED_ROOT", tmp_path)
    make_environment(tmp_path)

    assert thin_env.locate("key", tmp_path / "r", {}) == tmp_path / "r" / "key"


def test_uv_gets_the_index_of_pips_variables() -> None:
    settings = thin_env.index_settings_for_uv(
        {"HOME": "/nowhere", "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "https://a/simple"}
    )

    assert settings == {"UV_DEFAULT_INDEX": "https://a/simple"}


def test_uv_gets_the_index_of_pips_configuration(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://a/simple\nextra-index-url =\n  https://b/s\n")

    settings = thin_env.index_settings_for_uv({"HOME": "/nowhere", "PIP_CONFIG_FILE": str(config)})

    assert settings == {"UV_DEFAULT_INDEX": "https://a/simple", "UV_INDEX": "https://b/s"}


def test_uvs_own_index_is_left_alone() -> None:
    environ = {"UV_DEFAULT_INDEX": "https://u/simple", "PIP_INDEX_URL": "https://a/simple"}

    assert thin_env.index_settings_for_uv(environ) == {}


def test_requirements_are_locked_with_hashes_and_name_no_index() -> None:
    lines = thin_env.REQUIREMENTS.read_text().splitlines()

    pins = [line for line in lines if re.match(r"[a-z]", line)]
    assert pins
    assert all(re.match(r"[a-z0-9-]+==\S+( ;.*)? \\$", line) for line in pins)
    assert not [line for line in lines if "://" in line]
