from pathlib import Path

import pytest

from helpers.lockers.lacking import lacking_requirements
from tests.builders import write_files

_FILES = {
    "app/requirements.txt": "-r ../shared.txt\npackaging==24.0\nRequsts==2.0  # a slip\n",
    "app/requirements-dev.txt": "pytst>=8\n",
    "shared.txt": "idna==999 \\\n    --hash=sha256:0\n",
}
_NAME = (
    "  cause: Because requsts was not found in the package registry and you require requsts==2.0,"
    " we can conclude that your requirements are unsatisfiable."
)


@pytest.mark.parametrize(
    ("wrote", "places"),
    [
        ([_NAME], ["app/requirements.txt:3: Requsts==2.0"]),
        # In lines, as versions of uv draw it.
        (
            ["  ╰─▶ Because pytst was not found in the package", "      registry and"],
            ["app/requirements-dev.txt:1: pytst>=8"],
        ),
        (
            ["Because there is no version of idna==999 and you require idna==999, we can"],
            ["shared.txt:1: idna==999"],
        ),
        (["Because other was not found in the package registry and packaging needs it"], []),
        (["error: Failed to fetch: `https://index.example/requsts/`", _NAME], []),
        (["hint: An index URL could not be queried due to a lack of credentials", _NAME], []),
        (["gcc: command not found"], []),
    ],
)
def test_requirements_that_no_index_has_are_told_with_their_lines(
    tmp_path: Path, wrote: list[str], places: list[str]
) -> None:
    write_files(tmp_path, _FILES)
    error = lacking_requirements(tmp_path / "app", tmp_path, ["Resolving", *wrote])
    assert (error.where.splitlines() if error else []) == places
    assert all(place.rpartition(" ")[2] in str(error and error.what) for place in places)


def test_of_what_is_compiled_the_source_is_told_first(tmp_path: Path) -> None:
    write_files(tmp_path, {"requirements.in": "requsts\n", "requirements.txt": "requsts==1\n"})
    error = lacking_requirements(tmp_path, tmp_path, [_NAME])
    assert error
    assert error.where == "requirements.in:1: requsts\nrequirements.txt:1: requsts==1"


def test_a_dir_without_requirements_has_none_that_lack(tmp_path: Path) -> None:
    assert lacking_requirements(tmp_path, tmp_path, [_NAME]) is None
