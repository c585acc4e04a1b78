import os
from pathlib import Path

import pytest

from helpers.images.building.prod_code import (
    ProdCode,
    dockerfile_ending,
    plan_code,
    stage_code,
)
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.settings.config import DirConfig
from tests.builders import (
    add_submodule,
    adopting,
    commit_all,
    make_repo,
    make_runnable_dir,
    write_files,
)

_APP = {
    "pyproject.toml": '[tool.poetry.dependencies]\nlib = {path = "../../libs/lib"}\n'
    '[tool.poetry.group.dev.dependencies]\nkit = {path = "../../libs/kit"}\n',
    "svc/__init__.py": "",
    "svc/data/prices.csv": "1\n",
    "README.md": "",
    "tests/test_svc.py": "",
    "svc/test_inside.py": "",
    "conftest.py": "",
    "poetry.lock": "",
    "notebooks/one.ipynb": "",
    "devops/Dockerfile.extra": "",
}
_LIBS = {
    "libs/lib/pyproject.toml": '[tool.poetry.dependencies]\nother = {path = "../other"}\n',
    "libs/lib/src/lib/__init__.py": "",
    "libs/lib/tests/test_lib.py": "",
    "libs/other/pyproject.toml": '[project]\nname = "other"\n',
    "libs/other/other/__init__.py": "",
    "libs/kit/kit.py": "",
    "unrelated/large.bin": "x",
}


def _repo(tmp_path: Path, files: dict[str, str] | None = None) -> Repo:
    repo = make_repo(tmp_path / "repo", {**_LIBS, **(files or {})}, commit=False)
    make_runnable_dir(repo, "apps/app", _APP)
    commit_all(repo.root)
    return repo


def _code(repo: Repo, name: str = "apps/app", **config: object) -> ProdCode:
    found = DirConfig(**config)  # type: ignore[arg-type]
    return plan_code(read_repo_inputs(repo), repo.runnable_dir(name), found)


def test_the_code_and_what_it_depends_on_are_in_it_and_nothing_else(tmp_path: Path) -> None:
    assert set(_code(_repo(tmp_path)).files) == {
        "apps/app/README.md",
        "apps/app/pyproject.toml",
        "apps/app/svc/__init__.py",
        "apps/app/svc/data/prices.csv",
        "libs/lib/pyproject.toml",
        "libs/lib/src/lib/__init__.py",
        "libs/other/other/__init__.py",
        "libs/other/pyproject.toml",
    }


def test_a_dir_excludes_folders_files_and_patterns(tmp_path: Path) -> None:
    code = _code(_repo(tmp_path), prod_exclude=("notebooks", "*.md", "svc/data/prices.csv"))
    own = {name for name in code.files if name.startswith("apps/")}
    assert own == {"apps/app/pyproject.toml", "apps/app/svc/__init__.py"}


def test_what_research_leaves_is_in_no_image_whatever_is_excluded(tmp_path: Path) -> None:
    research = {
        "svc/deep.ipynb": "",
        "notebooks/dummy_data/rows.csv": "",
        "svc/dummy_data/rows.csv": "",
        "artifacts/model.bin": "",
        "svc/artifacts/__init__.py": "",
        "notebooks/plots.py": "",
    }
    repo = _repo(tmp_path)
    write_files(repo.root / "apps/app", research)
    write_files(repo.root, {"libs/lib/artifacts/model.bin": ""})
    code = _code(repo, prod_exclude=("README.md",))
    assert set(code.research) == {
        "apps/app/artifacts/model.bin",
        "apps/app/notebooks/dummy_data/rows.csv",
        "apps/app/notebooks/one.ipynb",
        "apps/app/svc/deep.ipynb",
        "apps/app/svc/dummy_data/rows.csv",
        "libs/lib/artifacts/model.bin",
    }
    assert not code.files.keys() & set(code.research)
    # A module of that name, and code beside notebooks, is code.
    assert {"apps/app/svc/artifacts/__init__.py", "apps/app/notebooks/plots.py"} <= set(code.files)


def test_what_depends_on_names_is_in_it(tmp_path: Path) -> None:
    repo = _repo(tmp_path)
    config = "depends_on: [unrelated/large.bin]\n"
    write_files(repo.root, {"apps/app/devops/config.yaml": config})
    assert "unrelated/large.bin" in _code(repo).files


def test_a_dir_within_the_dir_is_no_part_of_it(tmp_path: Path) -> None:
    repo = _repo(tmp_path)
    make_runnable_dir(repo, "apps/app/inner", {"inner.py": ""})
    assert not any("inner" in name for name in _code(repo).files)


def test_the_toolchain_is_in_no_image(tmp_path: Path) -> None:
    source = make_repo(tmp_path / "toolchain", {"helpers/x.py": ""})
    repo = make_repo(tmp_path / "repo", {"svc.py": ""})
    make_runnable_dir(repo, ".", {})
    add_submodule(repo.root, "helpers_root", source.root)
    adopted = adopting(repo, "helpers_root")
    assert set(_code(adopted, ".").files) == {"repo_config.yaml", "svc.py"}


def test_modules_are_looked_for_where_each_project_has_them(tmp_path: Path) -> None:
    assert _code(_repo(tmp_path)).python_path == (
        "/app/apps/app",
        "/app/libs/lib/src",
        "/app/libs/lib",
        "/app/libs/other",
    )


def test_bricks_are_looked_for_where_the_project_says(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"bases/ns/api/__init__.py": ""}, commit=False)
    packages = '[tool.poetry]\npackages = [{include = "ns/api", from = "../../bases"}]\n'
    make_runnable_dir(repo, "projects/p", {"pyproject.toml": packages})
    commit_all(repo.root)
    code = _code(repo, "projects/p")
    assert "bases/ns/api/__init__.py" in code.files
    assert "/app/bases" in code.python_path


def test_files_are_copied_as_git_knows_them(tmp_path: Path) -> None:
    repo = _repo(tmp_path, {"libs/lib/src/lib/run.sh": "#!/bin/sh\n"})
    (repo.root / "libs/lib/src/lib/run.sh").chmod(0o755)
    (repo.root / "libs/lib/src/lib/link.py").symlink_to("__init__.py")
    (repo.root / "apps/app/svc/__init__.py").chmod(0o600)
    commit_all(repo.root)
    stage_code(repo.root, _code(repo), tmp_path / "staged")
    lib = tmp_path / "staged/app/libs/lib/src/lib"
    assert (lib / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (lib / "link.py").readlink() == Path("__init__.py")
    init = tmp_path / "staged/app/apps/app/svc/__init__.py"
    assert init.stat().st_mode & 0o777 == 0o644
    assert lib.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("gone", [False, True])
def test_a_file_that_changed_since_is_told(tmp_path: Path, gone: bool) -> None:
    repo = _repo(tmp_path)
    code = _code(repo)
    path = repo.root / "apps/app/svc/__init__.py"
    if gone:
        path.unlink()
    else:
        path.write_text("more\n")
    with pytest.raises(HelpersError, match=r"svc/__init__\.py changed while it was copied"):
        stage_code(repo.root, code, tmp_path / "staged")


def test_the_image_runs_and_is_asked_what_the_settings_say() -> None:
    config = DirConfig(
        entrypoint=("python", "-m", "my svc"),
        command=("--say", 'a "word"'),
        health_check=("true",),
        health_times={"interval": 30, "retries": 3, "start_period": 5},
    )
    lines = dockerfile_ending(ProdCode({}, "/app/my $dir", ("/app/my $dir",)), config).splitlines()
    assert 'ENTRYPOINT ["python", "-m", "my svc"]' in lines
    assert 'CMD ["--say", "a \\"word\\""]' in lines
    assert 'HEALTHCHECK --interval=30s --retries=3 --start-period=5s CMD ["true"]' in lines
    assert 'WORKDIR "/app/my \\$dir"' in lines


def test_every_path_is_one_that_git_gives(tmp_path: Path) -> None:
    """Odd names are copied like any other."""
    repo = _repo(tmp_path, {"libs/lib/src/lib/ü and space.txt": "x"})
    stage_code(repo.root, _code(repo), tmp_path / "staged")
    assert (tmp_path / "staged/app/libs/lib/src/lib/ü and space.txt").read_text() == "x"


def test_bytes_are_copied_whatever_git_stores_and_names_may_be_any(tmp_path: Path) -> None:
    names = [os.fsdecode(b"svc/caf\xe9.txt"), "svc/new\nline", "-dash"]
    repo = _repo(tmp_path, {".gitattributes": "* text=auto\n"})
    for name in names:
        (repo.root / "apps/app" / name).write_bytes(b"a\r\n")
    commit_all(repo.root)
    code = _code(repo)
    stage_code(repo.root, code, tmp_path / "made")
    for name in names:
        assert (tmp_path / "made/app/apps/app" / name).read_bytes() == b"a\r\n"
    for name in names:
        (repo.root / "apps/app" / name).write_bytes(b"a\n")
    assert _code(repo).content != code.content
    with pytest.raises(HelpersError, match="changed while it was copied"):
        stage_code(repo.root, code, tmp_path / "again")
