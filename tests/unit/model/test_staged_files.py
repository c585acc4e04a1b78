import json
from datetime import date

import pytest

from helpers.model.data import version_of, version_text
from helpers.model.staged_files import (
    LARGEST,
    Layout,
    StagedFile,
    has_outputs,
    is_read,
    refusals,
)

_TODAY = date(2026, 11, 30)
_LAYOUT = Layout(
    (".", "apps/app", "data/etl", "pkg"), {"pkg/data/__init__.py", "apps/app/src/data/x.py"}
)
_VERSION = version_text("prices", version_of([]))


def _notebook(*outputs: object) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "outputs": list(outputs)}, {}]})


def _said(
    path: str, size: int = 1, text: str = "", allowed: dict[str, date] | None = None
) -> list[str]:
    found = refusals([StagedFile(path, size)], {path: text}, _LAYOUT, allowed or {}, _TODAY)
    return [str(error) for error in found]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("apps/app/x.py", ""),
        ("apps/app/data/prices.version", _VERSION),
        ("apps/app/data/.gitignore", "*\n"),
        ("data/README.md", ""),
        ("apps/app/src/data/x.py", ""),
        ("pkg/data/table.csv", ""),
        ("data/etl/rows.csv", ""),
        ("other/data/rows.csv", ""),
        ("nb.ipynb", _notebook()),
        ("nb.ipynb", "<<<<<<< no notebook"),
        ("nb.ipynb", "[" * 100_000),
    ],
)
def test_what_a_repo_is_for_is_committed(path: str, text: str) -> None:
    assert _said(path, text=text) == []


@pytest.mark.parametrize(
    ("path", "size", "text", "what"),
    [
        ("big one.bin", LARGEST + 50_000, "", "a file of 5.0 MB is not committed: 5 MB are"),
        ("nb.ipynb", 1, _notebook({"text": "1"}), "a notebook is committed without its outputs"),
        ("apps/app/data/rows.csv", 1, "", "below apps/app/data/: name its folder"),
        ("apps/app/data/a/b/prices.version", 1, "rows", "below apps/app/data/"),
        ("data/x", 1, "", "below data/"),
        ("data/etl/data/x", 1, "", "below data/etl/data/"),
    ],
)
def test_what_it_is_not_for_is_refused_with_the_reason(
    path: str, size: int, text: str, what: str
) -> None:
    (said,) = _said(path, size, text)
    assert what in said
    assert "large_files in repo_config.yaml" in said
    assert f":/{path}" in said


def test_a_file_may_be_allowed_by_name_until_a_day() -> None:
    assert _said("big.bin", LARGEST + 1, allowed={"big.bin": _TODAY}) == []
    assert _said("data/x", allowed={"data/x": _TODAY}) == []
    (said,) = _said("big.bin", LARGEST + 1, allowed={"big.bin": date(2026, 11, 29)})
    assert "'large_files' allowed it until 2026-11-29" in said
    assert _said("ok.bin", 1, allowed={"ok.bin": date(2020, 1, 1)}) == []


def test_outputs_are_found_in_every_version_of_the_format() -> None:
    cell = {"outputs": [{"output_type": "stream"}]}
    assert has_outputs(json.dumps({"worksheets": [{"cells": [cell]}], "nbformat": 3}))
    for odd in ("[]", "1", '{"cells": {}}', '{"cells": [1, {"outputs": 2}]}'):
        assert not has_outputs(odd)


def test_few_contents_are_read() -> None:
    read = [
        path
        for path in ("x.py", "nb.ipynb", "data/p.version", "src/p.version", "data/rows.csv")
        if is_read(StagedFile(path, 1), _LAYOUT)
    ]
    assert read == ["nb.ipynb", "data/p.version"]
    assert not is_read(StagedFile("nb.ipynb", LARGEST + 1), _LAYOUT)
