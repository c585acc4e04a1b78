"""Command line: `python -m graph_render PACKAGE -o PICTURE`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from graph_render.drawing import write_picture
from graph_render.imports import UnreadablePackageError, find_cycles, read_import_graph


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw a package and name its import cycles.

    Returns:
        The exit status: 0, or 1 when there are cycles, or 2 when nothing could be drawn.
    """
    parser = argparse.ArgumentParser(prog="graph_render", description=__doc__)
    parser.add_argument("package", type=Path, help="the directory of a Python package")
    parser.add_argument("-o", "--output", type=Path, required=True, help=".svg, .png or .pdf")
    given = parser.parse_args(arguments)
    try:
        graph = read_import_graph(given.package.resolve())
        write_picture(graph, given.output)
    except (UnreadablePackageError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    cycles = find_cycles(graph)
    for cycle in cycles:
        print(f"cycle: {', '.join(sorted(cycle))}", file=sys.stderr)
    return 1 if cycles else 0


if __name__ == "__main__":
    sys.exit(main())
