"""What CONTRIBUTING.md names is there."""

import re

from helpers.system.locate import TOOLCHAIN_ROOT

_PAGE = TOOLCHAIN_ROOT / "CONTRIBUTING.md"
_NAMED = re.compile(
    r"`((?:helpers|devops|tests|dev_scripts|docs)/[\w./]+|[\w/]+\.py|[\w/]+_?\.toml)`"
)
_CODE = re.compile(r"`(_?[A-Z][A-Za-z_]+|_target|tagged|forbidden_modules)`")


def test_files_that_are_named_exist() -> None:
    text = _PAGE.read_text()
    below = [path.as_posix() for path in TOOLCHAIN_ROOT.glob("[!.]*/**/*")]
    for name in _NAMED.findall(text):
        found = (TOOLCHAIN_ROOT / name).exists() or any(one.endswith(f"/{name}") for one in below)
        assert found, name


def test_names_in_code_that_are_named_exist() -> None:
    text = _PAGE.read_text()
    sources = [*TOOLCHAIN_ROOT.glob("helpers/**/*.py"), TOOLCHAIN_ROOT / "pyproject.toml"]
    code = "\n".join(path.read_text() for path in sources if path.is_file())
    named = set(_CODE.findall(text))
    assert "PROJECT_LOCKERS" in named
    assert [name for name in sorted(named) if not re.search(rf"\b{name}\b", code)] == []
