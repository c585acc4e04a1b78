import hashlib
import os
import subprocess
import sys
from pathlib import Path

import install_requirements
import settle
import test_packages as packages_of_tests

from helpers.system.locate import TOOLCHAIN_ROOT

_SOURCES = {
    "lib/python3/site-packages/a/__init__.py": "X = {1, 2}\nY = 'text'\n",
    "lib/python3/site-packages/a/b.py": "def f(x=('a', 'b')):\n    return {x: frozenset('ab')}\n",
    "lib/python3/site-packages/a/broken.py": "def (\n",
    "lib/python3/site-packages/a-1.dist-info/RECORD": "a/__init__.py,sha256=x,1\n"
    "a/b.py,sha256=y,1\n../../../bin/tool,sha256=z,1\n",
    "lib/python3/site-packages/alone.py": "Z = 1\n",
}


def _make(folder: Path) -> Path:
    for name, text in _SOURCES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "lib64").symlink_to("lib")
    return folder


def _settled(folder: Path, layer: Path, cache: Path | None = None) -> dict[str, str]:
    """What is in the layer, made by a process of its own: name, time, and content."""
    script = f"""
import sys
sys.path.insert(0, {str(TOOLCHAIN_ROOT / "devops" / "in_build")!r})
from pathlib import Path
from settle import settle
settle(Path({str(folder)!r}), Path({str(layer)!r}), {f"Path({str(cache)!r})" if cache else None})
"""
    subprocess.run([sys.executable, "-B", "-c", script], check=True)
    found = {}
    for path in sorted(layer.rglob("*")):
        content = ""
        if path.is_symlink():
            content = os.readlink(path)  # noqa: PTH115 - as it is written
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path.relative_to(layer))] = f"{path.lstat().st_mtime} {content}"
    return found


def test_the_same_sources_are_the_same_bytes_whoever_builds(tmp_path: Path) -> None:
    first = _settled(_make(tmp_path / "venv"), tmp_path / "layer1")
    second = _settled(_make(tmp_path / "venv"), tmp_path / "layer2")
    assert first == second
    assert any(name.endswith(".pyc") for name in first)
    assert {line.split()[0] for line in first.values()} == {f"{settle.TIME}.0"}


def test_byte_code_of_an_earlier_build_is_that_of_this_one(tmp_path: Path) -> None:
    plain = _settled(_make(tmp_path / "venv"), tmp_path / "layer1")
    cache = tmp_path / "cache"
    filled = _settled(_make(tmp_path / "venv"), tmp_path / "layer2", cache)
    assert len(list(cache.glob("*.tar"))) == 1
    taken = _settled(_make(tmp_path / "venv"), tmp_path / "layer3", cache)
    assert plain == filled == taken


def test_other_sources_are_compiled_anew(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    _settled(_make(tmp_path / "venv"), tmp_path / "layer1", cache)
    folder = _make(tmp_path / "venv")
    packages = folder / "lib/python3/site-packages"
    (packages / "a/b.py").write_text("def f():\n    return 'other'\n")
    (packages / "a-1.dist-info/RECORD").write_text("a/__init__.py,sha256=x,1\na/b.py,sha256=n,1\n")
    _settled(folder, tmp_path / "layer2", cache)
    assert len(list(cache.glob("*.tar"))) == 2
    inside = tmp_path / "layer2" / packages.relative_to("/")
    script = f"import sys; sys.path.insert(0, {str(inside)!r}); import a.b; print(a.b.f())"
    done = subprocess.run(
        [sys.executable, "-B", "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "other"


def test_a_cache_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    plain = _settled(_make(tmp_path / "venv"), tmp_path / "layer1", cache)
    (kept,) = cache.glob("*.tar")
    kept.write_bytes(b"no archive")
    assert _settled(_make(tmp_path / "venv"), tmp_path / "layer2", cache) == plain


def test_production_has_no_scripts_that_only_shells_use(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("activate", "activate.fish", "deactivate.bat", "pydoc.bat", "tool"):
        (folder / name).touch()
    install_requirements.strip(tmp_path)
    assert [path.name for path in folder.iterdir()] == ["tool"]


def test_tests_get_the_packages_that_production_lacks(tmp_path: Path) -> None:
    dev, prod, made = tmp_path / "dev", tmp_path / "prod", tmp_path / "made"
    for name in ("shared/__init__.py", "only_dev/__init__.py", "ns/dev/x.py", "ns/prod/y.py"):
        (dev / name).parent.mkdir(parents=True, exist_ok=True)
        (dev / name).touch()
    for name in ("shared/__init__.py", "ns/prod/y.py"):
        (prod / name).parent.mkdir(parents=True, exist_ok=True)
        (prod / name).touch()
    (dev / "shared" / "extra.py").touch()
    packages_of_tests.copy_missing(dev, prod, made)
    found = {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()}
    # A package of production's is taken as production has it; a namespace has parts of both.
    assert found == {"only_dev/__init__.py", "ns/dev/x.py"}
