"""All tasks as one collection."""

from invoke.collection import Collection
from invoke.tasks import Task

from helpers.tasks import (
    checkouts,
    containers,
    dependencies,
    dirs,
    doctor,
    engine,
    git,
    images,
    inspection,
    lint,
    order,
    release,
    tests,
)

namespace = Collection(auto_dash_names=False)
for module in (
    checkouts,
    containers,
    dependencies,
    dirs,
    doctor,
    engine,
    git,
    images,
    inspection,
    lint,
    order,
    release,
    tests,
):
    for item in vars(module).values():
        if isinstance(item, Task):
            namespace.add_task(item)
