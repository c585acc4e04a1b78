"""Modules are read by the script itself, as the environment with grimp starts it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers.imports import scan
from helpers.system.process import run
from tests.builders import write_files


def _scan(*groups: dict[str, Any]) -> Any:
    full = [{"paths": [], "packages": [], "modules": {}, "depths": {}} | one for one in groups]
    done = run([sys.executable, "-I", str(Path(scan.__file__))], stdin=json.dumps(full))
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"import b, c.d as e\nfrom f.g import h\n", [("b", 1), ("c.d", 1), ("f.g", 2)]),
        (b"def f():\n    import late\n", [("late", 2)]),
        (b"from . import near\nfrom .near import x\n", []),
        (b"import b\nthis is no python\n", []),
        (b"# coding: latin-1\n# \xe4\nimport b\n", [("b", 3)]),
        (b"\xef\xbb\xbfimport b\r\nimport c\r\n", [("b", 1), ("c", 2)]),
        (b"import \xff\n", []),
        (b"", []),
    ],
)
def test_a_single_module_is_read_by_itself(
    tmp_path: Path, content: bytes, expected: list[tuple[str, int]]
) -> None:
    write_files(tmp_path, {"my module.py": content})
    (found,) = _scan({"modules": {"a": str(tmp_path / "my module.py")}})
    assert found == [["a", module, line] for module, line in expected]


def test_groups_are_answered_in_their_order_and_one_that_is_gone_is_empty(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": "import b\n"})
    file, gone = str(tmp_path / "a.py"), str(tmp_path / "gone.py")
    assert _scan({"modules": {"a": gone}}, {"modules": {"a": file}}, {}) == [
        [],
        [["a", "b", 1]],
        [],
    ]


def test_packages_are_read_with_grimp_and_what_stays_within_one_is_left_out(
    tmp_path: Path,
) -> None:
    write_files(
        tmp_path,
        {
            "one/pkg/__init__.py": "from pkg import inner\nfrom . import inner\nimport json.tool\n",
            "one/pkg/inner.py": "if x:\n    import other.deep\n",
            "two/space/log/__init__.py": "import space.mail.post\nimport space.log.own\n",
            "two/space/log/own.py": "",
            "two/space/mail/__init__.py": "",
            "two/space/mail/post.py": "",
        },
    )
    one, two = _scan(
        {"paths": [str(tmp_path / "one")], "packages": ["pkg"], "depths": {"pkg": 1}},
        {"paths": [str(tmp_path / "two")], "packages": ["space"], "depths": {"space": 2}},
    )
    assert ["pkg.inner", "other", 2] in one
    assert {importer for importer, _, _ in one} == {"pkg", "pkg.inner"}
    assert not [imported for _, imported, _ in one if imported.startswith("pkg")]
    assert two == [["space.log", "space.mail.post", 1]]
