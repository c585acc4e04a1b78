"""The dependency graph as one HTML page that needs no network.

Its data are the elements themselves: the script reads the image and the table, and writes text
and classes alone. The policy of the page lets nothing run but what is hashed here.
"""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

from helpers.console.graph.no_edges import why_no_edges
from helpers.console.graph.outline import Outline, outline
from helpers.console.graph.svg import STYLE, escaped, graph_svg
from helpers.model.inputs import DependencyGraph

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dependencies of {name}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Dependencies of {name}</h1>
<form id="filter" role="search">
<label>Highlight <input type="search" id="search" autocomplete="off" spellcheck="false"
placeholder="part of a name"></label>
<label><input type="checkbox" id="users"> also what depends on it</label>
<label><input type="checkbox" id="fit"> fit to width</label>
</form>
<p id="status" role="status"></p>
<div id="picture" tabindex="-1">
{svg}
</div>
<p class="note">Keys: <kbd>/</kbd> goes to the filter, <kbd>Esc</kbd> clears it, arrows move from
place to place, <kbd>Enter</kbd> highlights one. Runnable dirs are boxes, packages and files are
rounded. A dashed arrow is needed by development alone, a red one is part of a cycle.</p>
{details}
</main>
<script>{script}</script>
</body>
</html>
"""

_EDGES = """<h2>Cycles</h2>
{cycles}
<h2>Dependencies</h2>
<table id="edges">
<caption>All of them, or those that the filter highlights</caption>
<thead><tr><th scope="col">place</th><th scope="col">depends on</th><th scope="col">kind</th>
<th scope="col">declared in</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>"""


def graph_page(graph: DependencyGraph, repo_name: str) -> str:
    """The page of a repo's graph."""
    style, script = _beside("page.css"), _beside("page.js")
    allowed = {"style-src": [_hash(style), _hash(STYLE)], "script-src": [_hash(script)]}
    policy = ["default-src 'none'", "base-uri 'none'", "form-action 'none'"]
    policy += [f"{what} {' '.join(hashes)}" for what, hashes in allowed.items()]
    return _PAGE.format(
        policy="; ".join(policy),
        name=escaped(repo_name),
        style=style,
        svg=graph_svg(graph),
        details=_details(graph),
        script=script,
    )


def _details(graph: DependencyGraph) -> str:
    drawn = outline(graph)
    if not drawn.edges:
        return why_no_edges(graph.dirs)
    rows = "\n".join(_rows(graph, drawn))
    return _EDGES.format(cycles="\n".join(_cycles(graph)), rows=rows)


def _cycles(graph: DependencyGraph) -> Iterator[str]:
    found = graph.cycles()
    if not found:
        yield "<p>None.</p>"
        return
    yield '<ul class="cycles">'
    for way in found:
        yield f"<li><code>{' → '.join(escaped(place) for place in way)}</code></li>"
    yield "</ul>"


def _rows(graph: DependencyGraph, drawn: Outline) -> Iterator[str]:
    index = {name: number for number, name in enumerate(drawn.places)}
    for source in sorted(graph.dependencies):
        for one in graph.dependencies[source]:
            # On a phone a path breaks after a slash, not within a name.
            cells = (one.source, one.target, one.kind.value, one.declared_in)
            row = "".join(f"<td>{escaped(cell).replace('/', '/<wbr>')}</td>" for cell in cells)
            ends = f'data-source="{index[one.source]}" data-target="{index[one.target]}"'
            yield f"<tr {ends}>{row}</tr>"


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
