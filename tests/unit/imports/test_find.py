import tomllib
from pathlib import Path

import pytest

from helpers.imports.find import Known, find
from helpers.imports.fix_bricks import plan_bricks
from helpers.imports.graph import Import, group_places
from helpers.imports.image_modules import ImageModules
from helpers.imports.places import Place, read_places
from helpers.imports.source_lines import Guard, guards
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.packages.import_findings import FindingKind
from tests.builders import make_repo, make_runnable_dir, write_files

PROJECT = """\
[tool.poetry]
name = "api"
packages = [{include = "shop/api", from = "../../bases"}, \
{include = "shop/log", from = "../../components"}]
"""


@pytest.fixture
def polylith(tmp_path: Path) -> Known:
    repo = make_repo(tmp_path / "repo")
    make_runnable_dir(repo, "projects/api", {"pyproject.toml": PROJECT})
    write_files(
        repo.root,
        {
            "bases/shop/api/__init__.py": "from shop import log, mail\n",
            "components/shop/log/__init__.py": "import numpy, attrs\n",
            "components/shop/mail/__init__.py": "",
        },
    )
    places = read_places(read_repo_inputs(repo, keep=False))
    image = ImageModules(frozenset({"sys"}), {"attrs": ("attrs",), "numpy": ("numpy",)})
    roots = ("projects/api", "bases/shop/api", "components/shop/log")
    imports = [
        Import("bases/shop/api", "shop.api", "shop.log", 1),
        Import("bases/shop/api", "shop.api", "shop.mail", 1),
        Import("components/shop/log", "shop.log", "numpy", 1),
        Import("components/shop/log", "shop.log", "attrs", 1),
    ]
    locked = {"projects/api": frozenset({"attrs"})}
    return Known(
        repo.root, places, {"projects/api": roots}, {"projects/api": image}, locked, imports
    )


def test_bricks_are_the_folders_beside_those_that_a_project_lists(polylith: Known) -> None:
    bricks = {place.folder for place in polylith.places.values() if place.is_brick}
    assert bricks == {"bases/shop/api", "components/shop/log", "components/shop/mail"}
    assert len(group_places(polylith.places.values())) == 1


def test_a_brick_that_is_not_listed_and_a_package_that_is_not_locked_are_found(
    polylith: Known,
) -> None:
    found = find(polylith)
    assert [(one.kind, one.place, one.subject) for one in found] == [
        (FindingKind.MISSING_BRICK, "bases/shop/api", "components/shop/mail"),
        (FindingKind.NOT_LOCKED, "components/shop/log", "numpy"),
    ]
    assert found[1].fix == "i dependency_add --package numpy --dir projects/api"


def test_a_brick_is_written_into_the_words_that_a_project_uses() -> None:
    missing = [("projects/api", "components/shop/mail", "shop.mail")]
    (change,) = plan_bricks({"projects/api": PROJECT}, missing)
    packages = tomllib.loads(change.after or "")["tool"]["poetry"]["packages"]
    assert packages[-1] == {"include": "shop/mail", "from": "../../components"}
    bricks = '[tool.polylith.bricks]\n"../../bases/shop/api" = "shop/api"\n'
    (change,) = plan_bricks({"projects/api": bricks}, missing)
    assert change.after == f'{bricks}"../../components/shop/mail" = "shop/mail"\n'


def test_places_that_have_a_name_in_common_are_read_apart() -> None:
    one, other = (Place(name, modules={"app": f"{name}/app"}) for name in ("a", "b"))
    third = Place("c", modules={"c": "c/c"})
    assert group_places([one, other, third]) == [[one, third], [other]]


def test_what_guards_an_import_is_known_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(
        "import a\n"
        "if TYPE_CHECKING:\n    import b\nelse:\n    import c\n"
        "try:\n    import d\nexcept ImportError:\n    import e\n"
        "try:\n    import f\nexcept KeyError:\n    pass\n"
        "def g():\n    import h\n"
    )
    assert guards(file) == {3: Guard.TYPES, 7: Guard.OPTIONAL, 9: Guard.OPTIONAL}


def test_a_name_that_stands_twice_is_the_one_that_is_declared(tmp_path: Path) -> None:
    places = {
        "x": Place("x", is_dir=True, modules={"x": "x/x"}, internal=frozenset({"b"})),
        "a": Place("a", modules={"util": "a/util"}),
        "b": Place("b", modules={"util": "b/util"}),
    }
    known = Known(tmp_path, places, {"x": ("x", "b")}, {}, {}, [])
    assert known.owner(places["x"], "util.text") == "b"
    assert known.owner(places["x"], "other") == ""
