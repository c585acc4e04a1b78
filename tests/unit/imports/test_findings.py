"""Each kind of finding, and what is none, decided from places, images and imports alone."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.imports.find import Known, find
from helpers.imports.graph import Import
from helpers.imports.image_modules import ImageModules
from helpers.imports.places import Place
from helpers.model.packages.import_findings import Finding, FindingKind

_STANDARD = frozenset({"json", "tomllib"})
_PACKAGES = {"yaml": ("pyyaml",), "attr": ("attrs",), "google": ("google-auth", "google-crc")}
_APP = Place("my app", is_dir=True, modules={"app": "my app/app"})
_LIB = Place("libs/log", modules={"log": "libs/log/log"})
_OTHER = Place("other", is_dir=True, modules={"other": "other/other.py"})


def _found(
    root: Path,
    *imported: str,
    app: Place = _APP,
    lib: Place = _LIB,
    source: str = "",
    importer: str = "app.main",
) -> list[Finding]:
    """What is found in a dir that sees a package: the importer's lines import one thing each."""
    (root / "my app/app").mkdir(parents=True, exist_ok=True)
    (root / "my app/app/main.py").write_text(source)
    places = {one.folder: one for one in (app, lib, _OTHER)}
    place = lib.folder if importer.startswith("log") else app.folder
    imports = [Import(place, importer, one, line) for line, one in enumerate(imported, 1)]
    image = ImageModules(_STANDARD, _PACKAGES)
    roots = {app.folder: (app.folder, lib.folder)}
    return find(Known(root, places, roots, {app.folder: image}, {}, imports))


def _main(*names: str) -> Place:
    return replace(_APP, main=frozenset(names))


@pytest.mark.parametrize(
    "module", ["json", "json.decoder", "__future__", "app.other", "yaml", "yaml.nodes"]
)
def test_what_python_itself_or_a_main_dependency_gives_is_fine(tmp_path: Path, module: str) -> None:
    used = "yaml"
    assert _found(tmp_path, module, used, app=_main("pyyaml")) == []


@pytest.mark.parametrize(
    ("module", "subject", "what", "fix"),
    [
        ("yaml.nodes", "pyyaml", "imports yaml.nodes of pyyaml, which", "--package pyyaml"),
        ("google.x", "google-auth", "of google-auth or google-crc", "--package google-auth"),
        ("numpy", "numpy", "no package in the image of my app gives", "--package NAME"),
    ],
)
def test_a_package_that_is_not_declared_is_named_with_the_command_that_adds_it(
    tmp_path: Path, module: str, subject: str, what: str, fix: str
) -> None:
    (found,) = _found(tmp_path, "json", module)
    assert (found.kind, found.subject, found.note) == (FindingKind.UNDECLARED, subject, False)
    assert (found.file, found.line) == ("my app/app/main.py", 2)
    assert what in found.what
    assert found.fix == f"i dependency_add {fix} --dir 'my app'"


def test_one_of_many_packages_that_give_a_module_is_enough(tmp_path: Path) -> None:
    assert _found(tmp_path, "google", app=_main("google-crc")) == []


def test_where_the_names_are_not_known_from_files_nothing_is_said(tmp_path: Path) -> None:
    assert _found(tmp_path, "yaml", "numpy", app=replace(_APP, main=None)) == []


def test_a_shared_package_has_no_command_of_a_dir(tmp_path: Path) -> None:
    (found,) = _found(tmp_path, "yaml", importer="log.core")
    assert found.fix == "write it into libs/log/pyproject.toml, then  i dependency_lock --all"
    assert (found.place, found.file) == ("libs/log", "libs/log/log/core.py")


@pytest.mark.parametrize(
    ("by", "note"), [("the extra net", True), ("an extra", True), ("the group dev", False)]
)
def test_what_an_extra_asks_for_is_there_for_whoever_installs_it(
    tmp_path: Path, by: str, note: bool
) -> None:
    (found,) = _found(tmp_path, "yaml", app=replace(_APP, optional={"pyyaml": by}))
    assert found.note is note
    assert f"which {by} alone asks for" in found.what


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("if TYPE_CHECKING:\n    import yaml\n", "(for type checkers alone)"),
        ("try:\n    import yaml\nexcept ImportError:\n    pass\n", "(where it may be missing)"),
    ],
)
def test_a_guarded_import_is_a_note(tmp_path: Path, source: str, words: str) -> None:
    (found,) = _found(tmp_path, "json", "yaml", source=source)
    assert found.note
    assert found.what.endswith(words)


def test_of_one_subject_the_failure_is_shown_and_not_the_note(tmp_path: Path) -> None:
    source = "if TYPE_CHECKING:\n    import yaml\nimport yaml\nimport yaml\n"
    (found,) = _found(tmp_path, "json", "yaml", "yaml", "yaml", source=source)
    assert (found.note, found.line) == (False, 3)


@pytest.mark.parametrize(
    "module", ["app.tests.test_a", "app.test_a", "app.a_test", "app.conftest", "tests.helpers"]
)
def test_what_tests_import_is_not_looked_at(tmp_path: Path, module: str) -> None:
    app = replace(_APP, modules={**_APP.modules, "tests": "my app/tests"})
    assert _found(tmp_path, "numpy", app=app, importer=module) == []


def test_a_package_of_the_repo_must_be_declared(tmp_path: Path) -> None:
    (found,) = _found(tmp_path, "log.core")
    assert (found.kind, found.subject) == (FindingKind.UNDECLARED, "libs/log")
    assert found.fix == "i dependency_add --path libs/log --dir 'my app'"
    declares = replace(_APP, internal=frozenset({"libs/log"}))
    assert _found(tmp_path, "log.core", app=declares) == []


def test_a_shared_package_must_not_import_a_project(tmp_path: Path) -> None:
    (found,) = _found(tmp_path, "app.main", importer="log.core")
    assert (found.kind, found.place, found.subject) == (
        FindingKind.IMPORTS_PROJECT,
        "libs/log",
        "my app",
    )


def test_a_package_of_an_index_wins_over_one_of_the_repo_where_it_is_declared(
    tmp_path: Path,
) -> None:
    lib = replace(_LIB, modules={"attr": "libs/log/attr"})
    assert _found(tmp_path, "attr", app=_main("attrs"), lib=lib) == []
    both = replace(_main("attrs"), internal=frozenset({"libs/log"}))
    found = _found(tmp_path, "attr", app=both, lib=lib)
    assert [(one.kind, one.subject) for one in found] == [(FindingKind.UNUSED, "attrs")]


def test_a_module_of_python_is_not_taken_for_one_of_the_repo(tmp_path: Path) -> None:
    lib = replace(_LIB, modules={"json": "libs/log/json"})
    assert _found(tmp_path, "json", lib=lib) == []


def test_what_is_declared_and_never_imported_is_a_note(tmp_path: Path) -> None:
    app = replace(_main("pyyaml", "attrs", "types-pyyaml"), internal=frozenset({"libs/log"}))
    found = _found(tmp_path, "attr", app=app)
    assert [(one.subject, one.note, one.line) for one in found] == [
        ("libs/log", True, 0),
        ("pyyaml", True, 0),
    ]
    assert {(one.kind, one.file) for one in found} == {
        (FindingKind.UNUSED, "my app/pyproject.toml")
    }


def test_of_places_that_no_dir_sees_nothing_is_said(tmp_path: Path) -> None:
    imports = [Import("other", "other", "numpy", 1)]
    known = Known(tmp_path, {"other": replace(_OTHER, main=frozenset({"x"}))}, {}, {}, {}, imports)
    assert find(known) == []


_LISTED = Place("bases/shop/api", is_brick=True, modules={"shop.api": "bases/shop/api"})


@pytest.mark.parametrize(
    ("locked", "images", "expected"),
    [
        ({"a": {"pyyaml"}, "b": {"pyyaml"}}, {"a": _PACKAGES, "b": _PACKAGES}, []),
        ({"a": {"pyyaml"}, "b": set()}, {"a": _PACKAGES, "b": _PACKAGES}, ["b"]),
        # One whose image has nothing of it learns the package's name from another's.
        ({"a": {"pyyaml"}, "b": set()}, {"a": _PACKAGES, "b": {}}, ["b"]),
    ],
)
def test_what_a_brick_needs_each_project_locks_that_lists_it(
    tmp_path: Path,
    locked: Mapping[str, set[str]],
    images: Mapping[str, Mapping[str, tuple[str, ...]]],
    expected: list[str],
) -> None:
    known = Known(
        tmp_path,
        {one.folder: one for one in (_LISTED, Place("a", is_dir=True), Place("b", is_dir=True))},
        {name: (name, _LISTED.folder) for name in locked},
        {name: ImageModules(_STANDARD, packages) for name, packages in images.items()},
        {name: frozenset(names) for name, names in locked.items()},
        [Import(_LISTED.folder, "shop.api", "yaml", 1)],
    )
    found = find(known)
    assert [one.fix for one in found] == [
        f"i dependency_add --package pyyaml --dir {name}" for name in expected
    ]
    assert all(one.kind is FindingKind.NOT_LOCKED for one in found)
