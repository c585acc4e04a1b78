"""`i package_check` beside grimp alone: 100 packages, 3,000 modules; the image is asked before.

python benchmarks/package_check.py [--packages 100] [--modules 30]
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from helpers.imports.find import Known, find
from helpers.imports.graph import read_imports
from helpers.imports.image_modules import ImageModules
from helpers.imports.places import read_places
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.repo import Repo
from helpers.system.own_environment import own_environment
from helpers.system.process import run
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files

_GOAL = 1.2
_TIMES = 5
_GRIMP = """\
import json, sys, grimp
asked = json.load(sys.stdin)
sys.path[:0] = asked["paths"]
graph = grimp.build_graph(*asked["names"], include_external_packages=True, cache_dir=None)
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
        asked = json.dumps({"paths": paths, "names": names})
        alone, ours = [], []
        for _ in range(_TIMES):
            alone.append(_seconds(lambda: run([python, "-I", "-c", _GRIMP], stdin=asked)))
            ours.append(_seconds(lambda: _check(repo)))
    ratio = min(ours) / min(alone)
    print(f"grimp alone {min(alone):.2f} s, package_check {min(ours):.2f} s: {ratio:.2f}")
    return int(ratio > _GOAL)


def _seconds(job: Callable[[], object]) -> float:
    start = time.monotonic()
    job()
    return time.monotonic() - start


def _check(repo: Repo) -> None:
    inputs = read_repo_inputs(repo)
    places = read_places(inputs)
    roots = tuple(one for one in inputs.of("apps/one").roots if one in places)
    imports = read_imports(repo, [places[one] for one in roots], print)
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
