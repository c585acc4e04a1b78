"""Explain on the graph's page why no dir depends on anything, and how to declare it."""

import json
import re
from collections.abc import Sequence

from helpers.console.graph.svg import escaped
from helpers.model.inputs import ROOT
from helpers.model.runnable_dir import dir_config_name
from helpers.model.settings.file_names import CONFIG_FILE_NAME

_ALONE = """<p>{why} Make one that may need others:</p>
<pre><code id="make">i runnable_dir_create --dir apps/greeter</code></pre>"""

_HOW = """<p>No dir declares that it needs a package, another dir, or a file outside itself.</p>
<p>Path dependencies in <code>pyproject.toml</code> and in requirements files, symbolic links, and
what pytest and services use are found without your help. A dir declares everything else in its
<code>{settings}</code>, with paths relative to the repo's root. For example, if the tests of
<code>{source}</code> need <code>{target}</code>, add this to
<code id="declare-in">{config}</code>:</p>
<pre><code id="declare">depends_on:
  - {written}</code></pre>
<p>Then draw the graph again:</p>
<pre><code id="draw">i dirs_graph</code></pre>"""


def why_no_edges(dirs: Sequence[str]) -> str:
    """A part of the page for a graph without edges.

    Args:
        dirs: the runnable dirs, sorted.
    """
    below = [name for name in dirs if name != ROOT]
    if below:
        source = below[0]
        # A dir's own files need no declaration; the repo's settings are a file of every repo.
        others = (name for name in below[1:] if not name.startswith(source + "/"))
        target = next(others, CONFIG_FILE_NAME)
        what = _HOW.format(
            settings=dir_config_name(),
            source=escaped(source),
            target=escaped(target),
            config=escaped(f"{source}/{dir_config_name()}"),
            written=escaped(_yaml(target)),
        )
    elif dirs:
        what = _ALONE.format(
            why="All files of this repo belong to its root, the only runnable dir."
        )
    else:
        what = _ALONE.format(why="This repo has no runnable dir yet.")
    return f'<section id="no-edges">\n<h2>Why there are no edges</h2>\n{what}\n</section>'


def _yaml(text: str) -> str:
    """A path as an item of a list; quoted where it may mean something else."""
    return text if re.fullmatch(r"[A-Za-z][\w-]*[./][\w./-]*", text, re.ASCII) else json.dumps(text)
