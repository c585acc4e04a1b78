"""Tasks that make runnable dirs, keep them up to date with their templates, move and remove them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context
from invoke.tasks import task

from helpers.tasks import edge

if TYPE_CHECKING:
    from helpers.system.host import Host


class _Wanted(NamedTuple):
    """The options of a creation, as the user gave them."""

    dir: str
    template: str
    data: tuple[str, ...]
    yes: bool
    dry_run: bool


@task(
    help={
        "dir": "the directory to be made",
        "template": "library, service, worker, cli or notebook; library by default",
        "data": "<question>=<answer>, which is not asked for; may be given several times",
        "yes": "do not ask: the defaults hold",
        "dry_run": "show the files, and write nothing",
    },
    iterable=["data"],
)
def runnable_dir_create(
    context: Context,
    data: list[str],
    dir: str = "",
    template: str = "",
    yes: bool = False,
    dry_run: bool = False,
) -> None:
    """Make a runnable dir from a template: it builds, runs and passes its tests at once."""
    wanted = _Wanted(dir, template, tuple(data), yes, dry_run)
    edge.run_job(lambda host: _create(host, wanted))


def _create(host: "Host", wanted: _Wanted) -> None:
    from helpers.adoption.create import DEFAULT_TEMPLATE, CreateRequest, plan_create, write_dir
    from helpers.adoption.new_place import find_place
    from helpers.console.file_changes import diff_text
    from helpers.console.notices import tell

    repo = edge.find_repo(host)
    place = find_place(repo, host, wanted.dir, "--dir")
    ask = host.is_terminal and not wanted.yes and not wanted.dry_run
    template = wanted.template or DEFAULT_TEMPLATE
    request = CreateRequest(place, template, _read_data(wanted.data), ask)
    creation = plan_create(repo, request, tell)
    if wanted.dry_run:
        print(diff_text(creation.changes), end="")
        return
    write_dir(repo, creation)
    for change in creation.changes:
        print(change.path)
    print(f"{place.name} is made, its image is {creation.image_name}; test it: ", end="")
    print(f"./main_pytest.py --dir {_quoted(place.name)}")


def _read_data(items: Iterable[str]) -> dict[str, str]:
    """`question=answer` each.

    Raises:
        HelpersError: one is not of this form.
    """
    from helpers.model.errors import HelpersError

    found = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise HelpersError(
                f"--data {item!r} is not <question>=<answer>", mend="--data image_name=forecast"
            )
        found[key] = value
    return found


def _quoted(name: str) -> str:
    import shlex

    return shlex.quote(name)
