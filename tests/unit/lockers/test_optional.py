from pathlib import Path

import pytest

from helpers.lockers.absent_imports import absent_imports, own_modules
from helpers.lockers.named import read_project
from helpers.lockers.optional import EXTRAS, GROUPS, Part, find_absent, fix_absent, setting_line
from helpers.model.settings.config import DirConfig, parse_dir_config
from tests.builders import write_files

PROJECT = """\
[project]
name = "my-lib"
version = "1"
dependencies = ["iniconfig"]
[project.optional-dependencies]
cache = ["redis[hiredis]>=4"]
test = ["pytest"]
[dependency-groups]
dev = ["responses", {include-group = "Lint"}]
lint = ["ruff"]
"""
POETRY = """\
[tool.poetry.dependencies]
python = "*"
iniconfig = "*"
redis = {version = ">=4", optional = true}
[tool.poetry.extras]
cache = ["redis"]
[tool.poetry.group.dev.dependencies]
responses = "*"
"""
LOCKED = """\
version = 1
[[package]]
name = "{}"
version = "1"
dependencies = [{{name = "async-timeout"}}]
[[package]]
name = "async-timeout"
version = "1"
"""
NOTHING = DirConfig(extras=(), groups=())


def absent(folder: Path, config: DirConfig, *, prod: bool = False) -> dict[str, str]:
    found = find_absent(folder, config, prod=prod).packages
    return {name: str(part) for name, part in sorted(found.items())}


@pytest.mark.parametrize("project", [f"{PROJECT}[tool.uv]\n", POETRY])
def test_a_development_image_lacks_what_its_settings_leave_out(
    tmp_path: Path, project: str
) -> None:
    write_files(tmp_path, {"pyproject.toml": project})
    assert absent(tmp_path, DirConfig()) == {}
    found = absent(tmp_path, NOTHING)
    assert found["redis"] == "the extra 'cache'"
    assert found["responses"] == "the group 'dev'"
    assert "iniconfig" not in found
    assert "redis" not in absent(tmp_path, DirConfig(extras=("Cache",)))


@pytest.mark.parametrize("project", [f"{PROJECT}[tool.uv]\n", POETRY])
def test_a_production_image_has_what_is_chosen_for_it(tmp_path: Path, project: str) -> None:
    write_files(tmp_path, {"pyproject.toml": project})
    assert {"redis", "responses"} <= absent(tmp_path, DirConfig(), prod=True).keys()
    assert "redis" not in absent(tmp_path, DirConfig(prod_extras=("cache",)), prod=True)
    assert "responses" not in absent(tmp_path, DirConfig(prod_groups=("dev",)), prod=True)


def test_a_group_that_is_included_is_there(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": f"{PROJECT}[tool.uv]\n"})
    assert absent(tmp_path, DirConfig(groups=("dev",))) == {}
    assert absent(tmp_path, DirConfig(groups=("lint",)))["responses"] == "the group 'dev'"


def test_what_comes_along_counts_as_the_lock_says(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": POETRY, "poetry.lock": LOCKED.format("redis")})
    assert absent(tmp_path, NOTHING)["async-timeout"] == "the extra 'cache'"
    write_files(tmp_path, {"poetry.lock": LOCKED.format("iniconfig")})
    assert "async-timeout" not in absent(tmp_path, NOTHING)


def test_extras_that_exclude_each_other_are_all_left_out_by_default(tmp_path: Path) -> None:
    conflicts = '[tool.uv]\nconflicts = [[{extra = "cache"}, {extra = "test"}]]\n'
    write_files(tmp_path, {"pyproject.toml": PROJECT + conflicts})
    assert absent(tmp_path, DirConfig()).keys() == {"redis", "pytest"}
    assert absent(tmp_path, DirConfig(extras=("cache",))).keys() == {"pytest"}


def test_what_is_compiled_lacks_the_extras_that_developing_does_not_need(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": PROJECT})
    assert absent(tmp_path, DirConfig()) == {"redis": "the extra 'cache'"}
    write_files(tmp_path, {"requirements.in": "redis\n"})
    assert absent(tmp_path, DirConfig()) == {}


def test_requirements_as_they_are_have_what_they_name(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": PROJECT, "requirements.txt": "pytest==8\nruff==1\n"})
    found = find_absent(tmp_path, DirConfig()).packages
    assert found.keys() == {"redis", "responses"}
    told = fix_absent(tmp_path, ".", DirConfig(), "responses", found["responses"])
    assert told == "printf '%s\\n' responses >> requirements_dev.txt"
    write_files(tmp_path, {"requirements_dev.txt": "responses\n"})
    assert find_absent(tmp_path, DirConfig()).packages.keys() == {"redis"}
    found = find_absent(tmp_path, DirConfig(), prod=True).packages
    told = fix_absent(tmp_path, ".", DirConfig(), "responses", found["responses"], prod=True)
    assert told == "printf '%s\\n' responses >> requirements.txt"
    write_files(tmp_path, {"requirements_prod.txt": "x\n"})
    assert find_absent(tmp_path, DirConfig(), prod=True).packages == {}


def test_an_own_dockerfile_decides_alone(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": POETRY, "devops/Dockerfile": ""})
    assert absent(tmp_path, NOTHING) == {}


@pytest.mark.parametrize(
    ("config", "key", "prod", "line"),
    [
        (DirConfig(extras=()), EXTRAS, False, "extras: [cache]"),
        (DirConfig(extras=("test",)), EXTRAS, False, "extras: [test, cache]"),
        (DirConfig(groups=("lint",)), GROUPS, False, "groups: [lint, cache]"),
        (DirConfig(extras=("test",)), EXTRAS, True, "prod_extras: [cache]"),
        (DirConfig(prod_groups=("a",)), GROUPS, True, "prod_groups: [a, cache]"),
    ],
)
def test_the_line_keeps_what_is_chosen_and_can_be_read(
    tmp_path: Path, config: DirConfig, key: str, prod: bool, line: str
) -> None:
    write_files(tmp_path, {"pyproject.toml": f"{PROJECT}[tool.uv]\n"})
    part = Part(key, "cache", {})
    assert setting_line(read_project(tmp_path), config, part, prod=prod) == line
    parse_dir_config(line, "config.yaml")


@pytest.mark.parametrize("prod", [False, True])
def test_the_line_brings_the_package(tmp_path: Path, prod: bool) -> None:
    write_files(tmp_path, {"pyproject.toml": POETRY})
    part = find_absent(tmp_path, NOTHING, prod=prod).packages["redis"]
    told = fix_absent(tmp_path, "apps/a", NOTHING, "redis", part, prod=prod)
    line = f"{'prod_' * prod}extras: [cache]"
    assert told == f"write  {line}  in apps/a/devops/config.yaml"
    config = parse_dir_config(line, "config.yaml")
    assert "redis" not in find_absent(tmp_path, config, prod=prod).packages


def test_what_is_compiled_gets_the_requirement_as_it_is_written(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": PROJECT})
    part = find_absent(tmp_path, DirConfig()).packages["redis"]
    told = fix_absent(tmp_path, ".", DirConfig(), "redis", part)
    expected = "printf '%s\\n' 'redis[hiredis]>=4' >> requirements.in && i dependency_lock --dir ."
    assert told == expected


def test_code_that_imports_what_is_absent_is_named(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "pyproject.toml": POETRY,
            "lib/cache.py": "from redis.client import Redis\n",
            "lib/other.py": "try:\n    import redis\nexcept ImportError:\n    redis = None\n",
            "docs/conf.py": "import responses\n",
        },
    )
    files = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*.py")}
    found = absent_imports(files, find_absent(tmp_path, NOTHING), own_modules(files))
    assert [str(one) for one in found] == [
        "lib/cache.py imports redis, which the extra 'cache' alone asks for,"
        " and the image is made without it"
    ]
    assert absent_imports(files, find_absent(tmp_path, DirConfig())) == []


def test_an_own_module_of_that_name_is_no_package(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"pyproject.toml": POETRY, "src/redis/__init__.py": "", "a.py": "import redis\n"}
    )
    files = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*.py")}
    assert absent_imports(files, find_absent(tmp_path, NOTHING), own_modules(files)) == []


def test_a_module_that_another_package_gives_is_there(tmp_path: Path) -> None:
    project = POETRY.replace('iniconfig = "*"', 'psycopg2-binary = "*"').replace(
        "redis", "psycopg2"
    )
    write_files(tmp_path, {"pyproject.toml": project})
    found = find_absent(tmp_path, NOTHING)
    assert "psycopg2" in found.packages
    assert found.of_module("psycopg2.extras") == ""
