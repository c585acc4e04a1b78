"""All tasks as one collection."""

from invoke.collection import Collection
from invoke.tasks import Task

from helpers.tasks import (
    containers,
    dependencies,
    dirs,
    doctor,
    engine,
    images,
    inspection,
    lint,
    moved_dirs,
    order,
    release,
    runnable_dirs,
    tests,
)

namespace = Collection(auto_dash_names=False)
for module in (
    containers,
    dependencies,
    dirs,
    doctor,
    engine,
    images,
    inspection,
    lint,
    moved_dirs,
    order,
    release,
    runnable_dirs,
    tests,
):
    for item in vars(module).values():
        if isinstance(item, Task):
            namespace.add_task(item)
