"""All tasks as one collection, and beside the tasks that a repo has of its own."""

import sys
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.tasks import Task

from helpers.tasks.command import CommandTask, with_dashes

# The modules that hold tasks, by the user's job: the groups of `i --list`, in its order.
GROUPS = {
    "enter, build and run": ("containers", "images", "prod_run", "training"),
    "test, lint and CI": ("tests", "lint", "ci", "training_jobs"),
    "stacks of built projects": ("stacks",),
    "Python dependencies": ("dependencies",),
    "runnable dirs": ("dirs", "runnable_dirs", "moved_dirs", "devcontainers"),
    "git and submodules": ("checkouts", "git"),
    "releases and wheels": (
        "release",
        "code_release",
        "promotion",
        "code_versions",
        "engine_images",
        "registries",
        "wheels",
        "package_indexes",
    ),
    "inspect, check and clean up": (
        "doctor",
        "inspection",
        "checks_and_cleaning",
        "data",
        "engine",
        "hosts",
    ),
    "adopt, upgrade, many repos": ("adoption", "new_repos", "upgrade", "repos", "sync"),
}

_OVERRIDES = "(in place of helpers')"


class _AsWritten(str):
    """The name of a task that invoke leaves as it is, whichever way it writes names.

    It puts a name together again from its characters, with dashes for underscores or the other way
    round; this one is all of a piece.
    """

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        yield str(self)

    def __deepcopy__(self, _: object) -> "_AsWritten":
        return self


namespace = Collection(auto_dash_names=False)
# The other names of our tasks; those that a repo gives a meaning of its own are left out again.
_ALIASES: dict[CommandTask, tuple[str, ...]] = {}


def _add(
    collection: Collection, name: str, task: "Task[Any]", taken: AbstractSet[str] = frozenset()
) -> None:
    """Add a task whose name has underscores, whatever invoke's settings say.

    Args:
        taken: what other names of it mean something else.
    """
    task.__name__ = _AsWritten(name)
    # invoke copies a collection with all that is in it, which took as long as all else together;
    # nothing changes a task once it is there.
    vars(task)["__deepcopy__"] = lambda _: task
    collection.tasks[_AsWritten(name)] = task
    if isinstance(task, CommandTask):
        given = _ALIASES.setdefault(task, tuple(task.aliases))
        task.aliases = [_AsWritten(alias) for alias in given if alias not in taken]
    # Where invoke writes names with dashes, it looks for them so.
    for form in with_dashes((name, *task.aliases)) - {name}:
        collection.tasks.aliases[_AsWritten(form)] = _AsWritten(name)


for group, modules in GROUPS.items():
    for module in modules:
        for item in vars(import_module(f"helpers.tasks.{module}")).values():
            if isinstance(item, CommandTask):
                for one in (item, *item.short):
                    one.group = group
                    _add(namespace, one.name, one)


def is_short(task: "Task[Any]") -> bool:
    """Whether a task is another of ours with an option set."""
    return any(task in getattr(one, "short", ()) for one in namespace.tasks.values())


def repo_namespace(scope: Mapping[str, object], *, dashes: bool = False) -> Collection:
    """The toolchain's tasks beside those of a repo's own, which replace ours of the same name.

    Args:
        scope: the `globals()` of the repo's module of tasks: its tasks, or its collection `ns` or
            `namespace`.
        dashes: names of its own tasks are written as invoke's settings say: with dashes, unless
            they say otherwise.
    """
    own = _own_tasks(scope)
    joined = Collection(auto_dash_names=False)
    joined.collections = own.collections
    joined.configure(own.configuration())
    replaced = {_underscored(name) for name in own.tasks}
    taken = {_underscored(name) for name in (*own.tasks, *own.tasks.aliases, *own.collections)}
    for name, task in namespace.tasks.items():
        if name not in replaced:
            _add(joined, name, task, taken)
    for name, task in own.tasks.items():
        if _underscored(name) in namespace.tasks:
            first, *rest = (task.__doc__ or "").strip().split("\n")
            task.__doc__ = "\n".join([f"{_OVERRIDES} {first}".strip(), *rest])
        if dashes:
            joined.tasks[name] = task
        else:
            _add(joined, _underscored(name), task)
    joined.default = own.default if dashes or not own.default else _AsWritten(own.default)
    return joined


def tasks_of(path: Path) -> Mapping[str, object]:
    """What a repo's own module or package of tasks defines, for `repo_namespace`."""
    inside = [str(path.parent)] if path.stem == "__init__" else None
    spec = spec_from_file_location("tasks", path, submodule_search_locations=inside)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # As invoke does it, so that the module may import what stands beside it.
    sys.modules[spec.name] = module
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    # No byte code beside what is not ours.
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return vars(module)


def _underscored(name: str) -> str:
    return str(name).replace("-", "_")


def _own_tasks(scope: Mapping[str, object]) -> Collection:
    """What the module would be to invoke without ours."""
    for name in ("ns", "namespace"):
        found = scope.get(name)
        if isinstance(found, Collection):
            return found
    own = Collection(auto_dash_names=False)
    ours = {id(task) for task in namespace.tasks.values()}
    for found in scope.values():
        if isinstance(found, Task) and id(found) not in ours:
            own.add_task(found)
    return own
