"""Tasks on the runnable dirs: list them, draw what they depend on, say what a change affects."""

from typing import TYPE_CHECKING

from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import OneDir, Options, option

if TYPE_CHECKING:
    from helpers.system.host import Host


class Draw(Options):
    """Where drawings go."""

    out: str = option("folder for the drawings; default: tmp.helpers/graph in the repo", default="")


class Why(OneDir):
    """What may have changed, and for whom."""

    changed_since: str = option(
        "a branch, tag or commit; default: HEAD, so uncommitted changes", default=""
    )


@command()
def dirs(host: "Host") -> None:
    """List the runnable dirs: image, version, state of the image, and last test result."""
    from helpers.console.tables import print_table
    from helpers.images.inventory import list_dirs
    from helpers.model.runnable_dir import shown_name
    from helpers.model.times import ago
    from helpers.testing.history import last_results

    repo, client = cli.open_repo(host)
    last = last_results(repo.root)
    rows = []
    listed = list_dirs(client, repo, host)
    root_name = cli.root_name(repo)
    for item in listed:
        result = last.get(item.name)
        tested = ""
        if result:
            tested = f"{result.state}, {result.suite}, {ago(result.ended)}"
        name = shown_name(item.name, root_name)
        rows.append((name, item.image, item.version, item.state, tested))
    print_table(("dir", "image", "version", "image is", "last tests"), rows)
    cli.show_errors({str(item.error): item.error for item in listed}.values())


@command()
def dirs_graph(host: "Host", wanted: Draw) -> None:
    """Draw the dependencies of dirs: Mermaid, SVG, and a searchable page."""
    from helpers.console.graph.mermaid import mermaid_lines
    from helpers.console.graph.page import graph_page
    from helpers.console.graph.svg import graph_svg
    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.system.files import write_atomic
    from helpers.system.lease import working_folder

    repo = cli.find_repo(host)
    inputs = read_repo_inputs(repo)
    cli.check_settings(repo, inputs.tree.dirs)
    graph = inputs.graph.for_people(cli.root_name(repo))
    folder = host.directory / wanted.out if wanted.out else working_folder(repo.root) / "graph"
    folder.mkdir(parents=True, exist_ok=True)
    drawings = {
        "dirs.mmd": "\n".join(mermaid_lines(graph)) + "\n",
        "dirs.svg": graph_svg(graph),
        "dirs.html": graph_page(graph, repo.config.name),
    }
    for name, content in drawings.items():
        write_atomic(folder / name, content)
        print(folder / name)
    for cycle in graph.cycles():
        print(f"cycle: {' -> '.join(cycle)}")


@command()
def dirs_why(host: "Host", wanted: Why) -> None:
    """Say which changed file affects a dir; and through which dependency."""
    from helpers.inputs.affected_dirs import read_changes
    from helpers.model.numbers import counted
    from helpers.model.runnable_dir import shown_name
    from helpers.vcs.chosen_dir import find_dir

    repo = cli.find_repo(host)
    item = find_dir(repo, host.directory, wanted.dir)
    inputs, changes = read_changes(repo, wanted.changed_since)
    cli.check_settings(repo, inputs.tree.dirs)
    name = shown_name(item.name, cli.root_name(repo))
    since = wanted.changed_since
    compared = f"since {since}" if since else "since the newest commit"
    found = changes.why(item.name)
    if not found:
        files = counted(len(changes.paths), "changed file")
        print(f"{name}: not affected by {files} {compared}")
    for reason in found:
        if reason.path in changes.toolchain:
            print(f"{name}: {reason.path}, which is the toolchain's own")
            continue
        way = [
            f"{d.source} -> {d.target} ({d.kind.value}, {d.declared_in})" for d in reason.through
        ]
        print(f"{name}: {reason.path}" + (f", through {'; '.join(way)}" if way else ", its own"))
