"""How a wheel becomes files of an image."""

import sys
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.system.process import run
from helpers.wheels.archive import Entry, read_wheel, wheel_file, write_wheel
from helpers.wheels.existing import runs_on
from helpers.wheels.unpack import unpack

_FILES = {
    "api/__init__.py": "def main():\n    print('main')\n\n\nclass App:\n    run = main\n",
    "api-1.2.data/purelib/pure.py": "",
    "api-1.2.data/platlib/plat.py": "",
    "api-1.2.data/scripts/tool": "#!python\nprint('tool')\n",
    "api-1.2.data/data/share/api/words.txt": "words\n",
    "api-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: api\nVersion: 1.2\n\n",
    "api-1.2.dist-info/entry_points.txt": "[console_scripts]\nShout = api:main\n"
    "deep = api:App.run [extra]\n\n[other]\nx = api:main\n",
}


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    files = {name: Entry(text.encode(), name.endswith("tool")) for name, text in _FILES.items()}
    files["api-1.2.dist-info/WHEEL"] = Entry(wheel_file((), pure=True))
    path = tmp_path / "api-1.2-py3-none-any.whl"
    write_wheel(path, files, "api-1.2.dist-info", 1_700_000_000)
    for name in ("site", "bin"):
        (tmp_path / "made" / name).mkdir(parents=True)
    unpack(read_wheel(path), tmp_path / "made" / "site", tmp_path / "made" / "bin")
    return tmp_path / "made"


def test_modules_and_metadata_are_in_one_folder_and_programs_in_another(unpacked: Path) -> None:
    found = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    info = "site/api-1.2.dist-info"
    assert found == {
        *("site/api/__init__.py", "site/pure.py", "site/plat.py", "share/api/words.txt"),
        *(f"{info}/METADATA", f"{info}/WHEEL", f"{info}/entry_points.txt"),
        *("bin/Shout", "bin/deep", "bin/tool"),
    }


@pytest.mark.parametrize(("name", "said"), [("Shout", "main"), ("deep", "main"), ("tool", "tool")])
def test_programs_run_by_the_python_on_path(unpacked: Path, name: str, said: str) -> None:
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    environment = {"PYTHONPATH": str(unpacked / "site"), "PATH": path}
    done = run([str(unpacked / "bin" / name)], env=environment)
    assert done.stdout == f"{said}\n"


@pytest.mark.parametrize("name", ["../outside.py", "/outside.py", "api-1.2.data/data/../../x"])
def test_a_wheel_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "api-1.2-py3-none-any.whl"
    files = {"api-1.2.dist-info/WHEEL": Entry(b""), name: Entry(b"")}
    write_wheel(path, files, "api-1.2.dist-info", 1_700_000_000)
    with pytest.raises(HelpersError, match="leads out of the folder"):
        read_wheel(path)


def test_a_program_is_below_the_folder_of_programs(tmp_path: Path) -> None:
    path = tmp_path / "api-1.2-py3-none-any.whl"
    points = b"[console_scripts]\n../outside = api:main\nshout = api:main\n"
    info = "api-1.2.dist-info"
    files = {f"{info}/WHEEL": Entry(b""), f"{info}/entry_points.txt": Entry(points)}
    write_wheel(path, files, "api-1.2.dist-info", 1_700_000_000)
    (tmp_path / "made" / "bin").mkdir(parents=True)
    unpack(read_wheel(path), tmp_path / "made" / "site", tmp_path / "made" / "bin")
    assert [one.name for one in (tmp_path / "made" / "bin").iterdir()] == ["shout"]
    assert not (tmp_path / "made" / "outside").exists()


@pytest.mark.parametrize(
    ("tag", "platforms"),
    [
        ("py3-none-any", {"linux/amd64", "linux/arm64"}),
        ("cp313-cp313-manylinux_2_17_x86_64", {"linux/amd64"}),
        ("cp313-cp313-linux_aarch64", {"linux/arm64"}),
    ],
)
def test_the_name_of_a_wheel_says_where_it_runs(tag: str, platforms: set[str]) -> None:
    wheel = Path(f"api-1.2-{tag}.whl")
    assert {one for one in ("linux/amd64", "linux/arm64") if runs_on(wheel, one)} == platforms
