"""What becomes of the files and the metadata of several wheels in one."""

import sys
import tarfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.tags import parse_tag

from helpers.model.errors import HelpersError
from helpers.model.wheel import Mode
from helpers.system.process import run
from helpers.wheels.archive import (
    Entry,
    Wheel,
    read_seconds,
    read_wheel,
    wheel_file,
    write_wheel,
)
from helpers.wheels.check import missing_bricks, modules_of, read_back
from helpers.wheels.merge import merge, pin
from helpers.wheels.part import Made, Part, Stamp
from helpers.wheels.pins import Pins
from helpers.wheels.sdist import sdist_name, sdist_of

STAMP = Stamp("0" * 64, 1_700_000_000, Mode.VENDOR)


def part(
    folder: Path,
    name: str,
    files: dict[str, str],
    *headers: str,
    tag: str = "py3-none-any",
    also: tuple[str, ...] = (),
) -> Part:
    """A package's wheel as a backend writes it; paths in braces are in its metadata."""
    info = f"{name}-1.2.dist-info"
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        "Version: 1.2",
        *headers,
        "",
        f"About {name}.",
    ]
    made = {path.replace("{info}", info): Entry(text.encode()) for path, text in files.items()}
    made[f"{info}/METADATA"] = Entry("\n".join(lines).encode())
    made[f"{info}/WHEEL"] = Entry(wheel_file(parse_tag(tag), pure=tag.endswith("any")))
    path = folder / f"{name}-1.2-{tag}.whl"
    folder.mkdir(exist_ok=True)
    write_wheel(path, made, info, 1_700_000_000)
    return Part(f"libs/{name}", read_wheel(path), also)


def written(made: Made, folder: Path) -> Wheel:
    write_wheel(folder / made.file_name, made.files, made.info, STAMP.seconds)
    return read_back(folder / made.file_name, {"text"}, made.requires)


def read(wheel: Wheel) -> Metadata:
    return Metadata.from_email(wheel.metadata("METADATA"), validate=True)


def test_commands_and_data_are_the_projects_and_licences_are_everybodys(tmp_path: Path) -> None:
    entry = "[console_scripts]\nx = x:main\n"
    api = part(
        tmp_path,
        "api",
        {
            "api.py": "",
            "{info}/entry_points.txt": entry,
            "{info}/LICENSE": "A",
            "{info}/top_level.txt": "api\n",
        },
        "Requires-Dist: text",
        "Requires-Python: >=3.10",
        "Home-page: https://example.org",
        "License-File: LICENSE",
    )
    text = part(
        tmp_path,
        "text",
        {
            "text.py": "",
            "{info}/entry_points.txt": "[console_scripts]\ny = y:main\n",
            "{info}/licenses/LICENSE": "B",
            "text-1.2.data/scripts/tool": "#!python\n",
            "text-1.2.data/data/share/x.txt": "x",
            "text-1.2.data/purelib/below.py": "",
        },
        "Requires-Dist: attrs>=22",
        "Requires-Python: >=3.11,<4",
    )
    wheel = written(merge([api, text], STAMP), tmp_path)
    assert sorted(name for name in wheel.files if not name.startswith("api-1.2.dist-info")) == [
        "api-1.2.data/data/share/x.txt",
        "api.py",
        "below.py",
        "text.py",
    ]
    assert wheel.metadata("entry_points.txt") == entry.encode()
    assert wheel.metadata("licenses/LICENSE") == b"A"
    assert not wheel.metadata("top_level.txt")
    assert wheel.metadata("licenses/text/LICENSE") == b"B"
    found = read(wheel)
    assert list(map(str, found.requires_dist or ())) == ["attrs>=22"]
    assert str(found.requires_python) == "<4,>=3.10,>=3.11"
    assert found.license_files == ["LICENSE", "text/LICENSE"]
    assert (found.home_page, found.description) == ("https://example.org", "About api.")


def test_a_file_that_two_bring_is_refused_unless_it_is_the_same(tmp_path: Path) -> None:
    api = part(
        tmp_path, "api", {"shop/__init__.py": "", "shop/util.py": "1"}, "Requires-Dist: text"
    )
    same = part(tmp_path, "text", {"shop/__init__.py": "", "shop/other.py": "2"})
    assert "shop/other.py" in written(merge([api, same], STAMP), tmp_path).files
    other = part(tmp_path / "b", "text", {"shop/__init__.py": "", "shop/util.py": "2"})
    with pytest.raises(HelpersError) as caught:
        merge([api, other], STAMP)
    assert "shop/util.py" in caught.value.what
    assert "libs/api" in caught.value.where
    assert "libs/text" in caught.value.where
    assert caught.value.fix == "rename one, or --mode pin"


def test_what_only_developing_needs_is_left_out(tmp_path: Path) -> None:
    api = part(tmp_path, "api", {"api.py": ""})
    wheel = written(merge([api, part(tmp_path, "text", {"text.py": ""})], STAMP), tmp_path)
    assert "text.py" not in wheel.files


def test_a_package_that_metadata_does_not_name_is_there_all_the_same(tmp_path: Path) -> None:
    api = part(tmp_path, "api", {"api.py": ""}, also=("text",))
    text = part(tmp_path, "text", {"text.py": ""}, "Requires-Dist: attrs")
    wheel = written(merge([api, text], STAMP), tmp_path)
    assert "text.py" in wheel.files
    assert wheel.metadata("sboms/helpers.cdx.json")
    made = pin(api, {"text": "1.2"}, STAMP)
    assert list(map(str, read(written(made, tmp_path)).requires_dist or ())) == ["text==1.2"]


def test_pins_keep_extras_and_markers(tmp_path: Path) -> None:
    needs = ('text[fast] @ file:///x ; extra == "more"', "attrs>=22", 'api[more]; extra == "all"')
    headers = [f"Requires-Dist: {one}" for one in needs]
    extras = ("Provides-Extra: more", "Provides-Extra: all")
    api = part(tmp_path, "api", {"api.py": ""}, *headers, *extras)
    made = pin(api, {"text": "1.2", "api": "1.2"}, STAMP)
    assert made.requires == ("text",)
    assert [str(one) for one in read(written(made, tmp_path)).requires_dist or ()] == [
        'api[more]; extra == "all"',
        "attrs>=22",
        'text[fast]==1.2; extra == "more"',
    ]


def test_another_version_than_the_one_that_is_asked_for_is_refused(tmp_path: Path) -> None:
    api = part(tmp_path, "api", {"api.py": ""}, "Requires-Dist: text>=2")
    text = part(tmp_path, "text", {})
    said = "asks for text>=2, and the repo has 1"
    with pytest.raises(HelpersError, match=said):
        merge([api, text], STAMP)
    with pytest.raises(HelpersError, match=said):
        pin(api, {"text": "1.2"}, STAMP)


def test_the_tag_is_that_of_where_all_of_it_runs(tmp_path: Path) -> None:
    api = part(tmp_path, "api", {"api.py": ""}, "Requires-Dist: text")
    tag = "cp313-cp313-linux_x86_64"
    text = part(tmp_path, "text", {"text.so": "x", "text-1.2.data/purelib/p.py": ""}, tag=tag)
    made = merge([api, text], STAMP)
    assert made.file_name == f"api-1.2-{tag}.whl"
    assert "api-1.2.data/purelib/p.py" in made.files
    other = part(tmp_path, "text", {"text.so": "x"}, tag="py2-none-any")
    with pytest.raises(HelpersError, match="run nowhere together"):
        merge([api, other], STAMP)


def test_the_same_files_are_the_same_bytes(tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        made = merge([part(folder, "api", {"b.py": "", "a.py": ""})], STAMP)
        write_wheel(folder / made.file_name, made.files, made.info, STAMP.seconds)
    assert len({path.read_bytes() for path in tmp_path.glob("*/api-1.2-py3-none-any.whl")}) == 1


def test_modules_are_those_that_people_import(tmp_path: Path) -> None:
    files = ("api/__init__.py", "api/core.py", "shop/till/__init__.py", "shop/tool.py", "one.py")
    other = ("tests/__init__.py", "conftest.py", "x-y/z.py", "api/data.txt", "fast.cpython-313.so")
    wheel = part(tmp_path, "api", dict.fromkeys((*files, *other), "")).wheel
    assert modules_of(wheel.files) == ["api", "fast", "one", "shop.till", "shop.tool"]
    bricks = ("bases/shop/till", "components/shop/price")
    assert missing_bricks(wheel, bricks) == ["components/shop/price"]


LOCK = Path("poetry.lock")


def test_needs_are_pinned_to_the_lock() -> None:
    numpy = (("1.26", 'python_version < "3.12"'), ("2.1", 'python_version >= "3.12"'))
    pins = Pins("apps/one", LOCK, {"attrs": (("23.1", ""),), "numpy": numpy})
    assert pins.pinned(["attrs[x]>=22 ; os_name == 'nt'", "numpy"]) == [
        'attrs[x]==23.1; os_name == "nt"',
        'numpy==1.26; python_version < "3.12"',
        'numpy==2.1; python_version >= "3.12"',
    ]
    assert pins.pinned(["numpy>=2"]) == ['numpy==2.1; python_version >= "3.12"']


@pytest.mark.parametrize(("need", "said"), [("rich", "does not hold it"), ("attrs<23", "has 23.1")])
def test_a_lock_that_lacks_what_is_needed_is_to_be_made_again(need: str, said: str) -> None:
    pins = Pins("apps/one", LOCK, {"attrs": (("23.1", ""),)})
    with pytest.raises(HelpersError, match=said) as caught:
        pins.pinned([need])
    assert caught.value.fix == "i dependency_lock --dir apps/one"


def test_a_source_distribution_builds_the_very_wheel(tmp_path: Path) -> None:
    files = {"api/__init__.py": "X = 1\n", "api-1.2.data/scripts/tool": "#!python\n"}
    made = merge([part(tmp_path / "in", "api", files)], STAMP)
    path = tmp_path / made.file_name
    write_wheel(path, made.files, made.info, STAMP.seconds)
    source = tmp_path / sdist_name(read_wheel(path))
    source.write_bytes(sdist_of(path, read_seconds(path)))
    assert source.name == "api-1.2.tar.gz"
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    (tmp_path / "out").mkdir()
    code = "import sys, sdist_backend; print(sdist_backend.build_wheel(sys.argv[1]))"
    backend = tmp_path / "api-1.2" / "build_backend"
    done = run([sys.executable, "-c", code, tmp_path / "out"], cwd=backend)
    assert (tmp_path / "out" / done.stdout.strip()).read_bytes() == path.read_bytes()


def test_compiled_code_has_no_source_distribution(tmp_path: Path) -> None:
    part(tmp_path, "api", {"api.so": ""}, tag="cp313-cp313-linux_x86_64")
    with pytest.raises(HelpersError, match="compiled code") as caught:
        sdist_of(next(tmp_path.glob("*.whl")), 0)
    assert "--sdist" in caught.value.fix
