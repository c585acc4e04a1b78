import json
from pathlib import Path

import pytest

from helpers.lockers import conda
from helpers.lockers.all_lockers import brings_python, dev_options, prod_options, read_locked
from helpers.lockers.commands import Action, Change, choose_resolver, has_resolver, resolver_command
from helpers.lockers.conda_files import read_asked
from helpers.lockers.locked import Wishes
from helpers.lockers.named import Kind, find_kind, read_project
from helpers.lockers.versions import parse_versions
from helpers.model.errors import HelpersError
from tests.builders import write_files

_ENVIRONMENT = "channels: [./channel]\ndependencies: [python, {pip: [tomli_w]}]\n"
_LOCK = """\
version: 7
platforms:
- name: linux-64
environments:
  default:
    channels:
    - url: file:///./channel
    packages:
      linux-64:
      - conda: ./channel/linux-64/python-3.13.5-h1_0.conda
      - pypi: https://files.example.org/tomli_w-1.2.0-py3-none-any.whl
packages:
- conda: ./channel/linux-64/python-3.13.5-h1_0.conda
  sha256: 00
- conda: https://conda.example.org/forge/linux-64/lib-a-b-1.2_3-h1_0.tar.bz2
  sha256: 00
- pypi: https://files.example.org/tomli_w-1.2.0-py3-none-any.whl
  name: tomli-w
  version: 1.2.0
  sha256: 00
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dir with a lock that was made from its files."""
    write_files(tmp_path, {"environment.yml": _ENVIRONMENT})
    made_from = f"# asked: sha256:{read_asked(tmp_path).digest()}\n"
    write_files(tmp_path, {"pixi.lock": made_from + _LOCK})
    return tmp_path


def test_a_lock_says_what_an_image_is_made_from(root: Path) -> None:
    locked = read_locked(root)
    assert (locked.locker, locked.sets_variables) == ("conda", True)
    assert locked.files["pixi.lock"].endswith(_LOCK)
    assert json.loads(locked.files["asked.json"])["channels"] == ["./channel"]
    place = "packages/linux-64/python-3.13.5-h1_0.conda"
    assert locked.archives == {place: root / "channel/linux-64/python-3.13.5-h1_0.conda"}
    assert dev_options(locked, None, None) == prod_options(locked, (), ()) == ""
    # The same content, the same image: wherever the checkout is.
    assert str(root) not in locked.content


def test_a_lock_that_is_older_is_told_before_anything_is_built(root: Path) -> None:
    write_files(root, {"environment.yml": _ENVIRONMENT.replace("python", "python=3.12")})
    with pytest.raises(HelpersError, match=r"pixi\.lock is older than environment\.yml") as caught:
        read_locked(root)
    assert caught.value.fix.startswith("i dependency_lock --dir ")


def test_a_lock_of_another_tool_counts(root: Path) -> None:
    write_files(root, {"pixi.lock": _LOCK})
    assert read_locked(root).files["pixi.lock"] == _LOCK


def test_what_is_no_lock_file_is_told(root: Path) -> None:
    write_files(root, {"pixi.lock": "<<<<<<< ours\n"})
    with pytest.raises(HelpersError, match="no lock file") as caught:
        read_locked(root)
    assert caught.value.where.endswith("pixi.lock:1")


def test_versions_of_both_parts_are_read() -> None:
    assert parse_versions("pixi.lock", _LOCK) == {
        "python": ("3.13.5",),
        "lib-a-b": ("1.2_3",),
        "tomli-w": ("1.2.0",),
    }


def test_two_lock_files_are_an_error(root: Path) -> None:
    write_files(root, {"uv.lock": "version = 1\n"})
    with pytest.raises(HelpersError, match=r"uv\.lock and pixi\.lock"):
        read_locked(root)


@pytest.mark.parametrize(
    ("files", "is_conda"),
    [
        ({}, True),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, True),
        ({"pyproject.toml": '[project]\nname = "a"\n'}, True),
        ({"pyproject.toml": "[tool.poetry]\n"}, False),
        ({"pyproject.toml": "[tool.uv]\n"}, False),
        ({"requirements.txt": "a==1\n"}, False),
        ({"poetry.lock": "x = 1\n", "pyproject.toml": "[tool.poetry]\n"}, False),
    ],
)
def test_who_locks_what_is_not_locked_yet(
    tmp_path: Path, files: dict[str, str], is_conda: bool
) -> None:
    write_files(tmp_path, {"environment.yml": _ENVIRONMENT, **files})
    assert brings_python(tmp_path) is is_conda
    assert (find_kind(tmp_path, read_project(tmp_path)) is Kind.CONDA) is is_conda
    if is_conda:
        assert has_resolver(tmp_path, Action.LOCK)
        assert choose_resolver(tmp_path).lock_file == "pixi.lock"
        with pytest.raises(HelpersError, match=r"environment\.yml asks for packages"):
            read_locked(tmp_path)


def test_the_program_is_told_what_is_asked_for(root: Path) -> None:
    resolver = choose_resolver(root)
    wishes = Wishes(("linux/amd64", "linux/arm64"), "linux/arm64", "12.4")
    asked = conda.asks(root, wishes, {})
    command = resolver_command(resolver, Change(Action.UPDATE, ("gdal",)), asked)
    assert command[:3] == ("python3", "/opt/conda_tool/conda_lock.py", "update")
    assert command[4:] == ("gdal",)
    told = json.loads(command[3])
    assert (told["platforms"], told["cuda"]) == (["linux-64", "linux-aarch64"], "12.4")
    assert (resolver.builder, resolver.changes_project) == ("builder_conda", False)
    assert json.loads(conda.asks(root, Wishes((), "linux/arm64"), {})[0])["platforms"] == [
        "linux-aarch64"
    ]


def test_what_the_program_says_of_a_failure_is_an_error() -> None:
    said = json.dumps({"what": "nothing fits", "where": "a\nb", "fix": "c"})
    explained = conda.explain(["noise", f"#12 0.3 conda-failure: {said}", "more"])
    assert explained is not None
    assert (explained.what, explained.where, explained.fix) == ("nothing fits", "a\nb", "c")
    assert conda.explain(["noise"]) is None
