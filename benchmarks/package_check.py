#!/usr/bin/env python3
"""`i package_check` beside grimp alone: 100 packages, 3,000 modules; the image is asked before.

usage: <thin environment's python> benchmarks/package_check.py [--packages 100] [--modules 30]

Twice: for the first time, beside grimp without a cache; and again, beside grimp with its cache.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP)]

from helpers.imports.find import Known, find  # noqa: E402
from helpers.imports.graph import read_imports  # noqa: E402
from helpers.imports.image_modules import ImageModules  # noqa: E402
from helpers.imports.places import read_places  # noqa: E402
from helpers.inputs.repo_inputs import read_repo_inputs  # noqa: E402
from helpers.model.repo import Repo  # noqa: E402
from helpers.system.lease import working_folder  # noqa: E402
from helpers.system.own_environment import own_environment  # noqa: E402
from helpers.system.process import run  # noqa: E402
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files  # noqa: E402

_GOAL = 1.2
_TIMES = 7
_GRIMP = """\
import json, sys, grimp
asked = json.load(sys.stdin)
sys.path[:0] = asked["paths"]
graph = grimp.build_graph(*asked["names"], include_external_packages=True, cache_dir=asked["cache"])
print(len(graph.modules))
"""


def main() -> int:
    """Print both times and their ratio; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=int, default=100)
    parser.add_argument("--modules", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        repo = _repo(Path(folder) / "repo", given.packages, given.modules)
        environment = own_environment(repo.toolchain, "imports_requirements.txt", "grimp", print)
        python = environment / "bin" / "python"
        names = [f"p{number}" for number in range(given.packages)]
        paths = [str(repo.root / "libs" / name) for name in names]
        asked = {"paths": paths, "names": names}
        alone: Callable[[str | None], object] = lambda cache: run(  # noqa: E731
            [python, "-I", "-c", _GRIMP], stdin=json.dumps(asked | {"cache": cache})
        )
        cache = f"{folder}/cache"
        alone(cache)
        _check(repo)
        found: dict[str, list[tuple[float, float]]] = {"first": [], "again": []}
        for _ in range(_TIMES):
            shutil.rmtree(working_folder(repo.root) / "imports")
            found["first"].append((_seconds(lambda: alone(None)), _seconds(lambda: _check(repo))))
            found["again"].append((_seconds(lambda: alone(cache)), _seconds(lambda: _check(repo))))
    missed = False
    for when, pairs in found.items():
        grimp, ours = (statistics.median(one[side] for one in pairs) for side in (0, 1))
        ratio = statistics.median(one[1] / one[0] for one in pairs)
        print(f"{when}: grimp alone {grimp:.2f} s, package_check {ours:.2f} s: {ratio:.2f}")
        missed = missed or ratio > _GOAL
    return int(missed)


def _seconds(job: Callable[[], object]) -> float:
    start = time.monotonic()
    job()
    return time.monotonic() - start


def _check(repo: Repo) -> None:
    inputs = read_repo_inputs(repo)
    places = read_places(inputs)
    roots = tuple(one for one in inputs.of("apps/one").roots if one in places)
    imports = read_imports(inputs, [places[one] for one in roots], print)
    image = ImageModules(frozenset(sys.stdlib_module_names), {})
    known = Known(
        repo.root,
        places,
        {"apps/one": roots},
        {"apps/one": image},
        {"apps/one": frozenset()},
        imports,
    )
    assert not [one for one in find(known) if not one.note]


def _repo(root: Path, packages: int, modules: int) -> Repo:
    repo = make_repo(root)
    for number in range(packages):
        name, other = f"p{number}", f"p{(number + 1) % packages}"
        last = number + 1 == packages
        path = f'{other} = {{path = "../{other}"}}\n' if not last else ""
        lines = f'[tool.poetry]\nname = "{name}"\n[tool.poetry.dependencies]\n{path}'
        files = {f"libs/{name}/pyproject.toml": lines, f"libs/{name}/{name}/__init__.py": ""}
        for module in range(modules - 1):
            text = f"import json\nimport {name}.m{(module + 1) % (modules - 1)}\n"
            text += "" if last else f"from {other} import m{module}\n"
            text += "\n".join(f"def f{n}(a):\n    return a + {n}\n" for n in range(10))
            files[f"libs/{name}/{name}/m{module}.py"] = text
        write_files(repo.root, files)
    paths = "".join(f"-e ../../libs/p{number}\n" for number in range(packages))
    make_runnable_dir(repo, "apps/one", {"requirements.txt": paths})
    commit_all(repo.root)
    return repo


if __name__ == "__main__":
    sys.exit(main())
