"""Pictures, drawn by the real `dot`."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from graph_render.__main__ import main
from graph_render.drawing import dot_source
from graph_render.imports import read_import_graph

from tests.builders import make_package, make_tangled_package

SVG = "{http://www.w3.org/2000/svg}"
CIRCLE = {"a.py": "import app.b", "b.py": "import app.a", "c.py": "import app.a"}


def _draw(package: Path, name: str = "picture.svg") -> Path:
    """Draw a package beside itself and return the picture."""
    picture = package.parent / name
    main([str(package), "--output", str(picture)])
    return picture


def _titles(picture: Path, kind: str) -> list[str]:
    """The titles of all nodes or edges in an SVG file, sorted."""
    groups = ET.parse(picture).iter(f"{SVG}g")
    return sorted(
        group.findtext(f"{SVG}title", "") for group in groups if group.get("class") == kind
    )


def test_picture_has_each_module_and_each_import(tmp_path: Path) -> None:
    picture = _draw(make_package(tmp_path, CIRCLE))
    assert _titles(picture, "node") == ["app", "app.a", "app.b", "app.c"]
    assert _titles(picture, "edge") == ["app.a->app.b", "app.b->app.a", "app.c->app.a"]


def test_only_the_cycle_is_red(tmp_path: Path) -> None:
    source = dot_source(read_import_graph(make_package(tmp_path, CIRCLE)))
    red = [line.strip() for line in source.splitlines() if "color=red" in line]
    assert [line.split(" [")[0] for line in red] == [
        '"app.a"',
        '"app.b"',
        '"app.a" -> "app.b"',
        '"app.b" -> "app.a"',
    ]


def test_cycle_is_named_and_gives_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = make_package(tmp_path, CIRCLE)
    assert main([str(package), "-o", str(tmp_path / "picture.svg")]) == 1
    assert capsys.readouterr().err == "cycle: app.a, app.b\n"


def test_unknown_format_is_refused_and_nothing_written(tmp_path: Path) -> None:
    picture = tmp_path / "picture.bmp"
    assert main([str(make_package(tmp_path, {})), "-o", str(picture)]) == 2
    assert not picture.exists()


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "magic"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-")])
def test_other_formats_are_what_they_say(tmp_path: Path, suffix: str, magic: bytes) -> None:
    package = make_tangled_package(tmp_path, layers=10, width=30, imports=3)
    picture = _draw(package, f"picture.{suffix}")
    assert picture.read_bytes().startswith(magic)


@pytest.mark.slow
def test_own_imports_have_no_cycle(tmp_path: Path) -> None:
    package = Path(__file__).parents[1] / "graph_render"
    assert main([str(package), "-o", str(tmp_path / "own.svg")]) == 0


@pytest.mark.superslow
def test_picture_of_a_large_tangle_is_complete(tmp_path: Path) -> None:
    """1,600 modules and 9,120 imports; `dot` works on the layout for seconds."""
    package = make_tangled_package(tmp_path, layers=20, width=80, imports=6)
    assert len(_titles(_draw(package), "edge")) == 19 * 80 * 6
