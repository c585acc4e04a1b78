"""How a task shows the builds of images, and says what an interrupt leaves of them."""

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.model.events import Event, Listener
    from helpers.system.host import Host


@contextmanager
def shown_builds(host: "Host", root_name: str, *, bumps: bool = False) -> "Iterator[Listener]":
    """Shows builds on the error output; standard output stays that of the command.

    Args:
        root_name: what people call the repo's root.
        bumps: the changelog gets an entry, also where the image was there already.

    Raises:
        KeyboardInterrupt: the user interrupted; it says what was done before.
    """
    from helpers.console.build_view import open_build_view
    from helpers.model.events import BuildEnded, FilesWritten
    from helpers.model.runnable_dir import shown_name

    done: list[str] = []
    with open_build_view(host.is_terminal, sys.stderr, root_name) as view:

        def listen(event: "Event") -> None:
            if isinstance(event, BuildEnded) and not event.failed and (event.changed or bumps):
                done.append(f"{event.image} was built")
            if isinstance(event, FilesWritten):
                name = shown_name(event.dir, root_name)
                done.extend(f"{file} of {name} was written" for file in event.files)
            view(event)

        try:
            yield listen
        except KeyboardInterrupt as error:
            said = f"{', '.join(done)}, and nothing else was" if done else "nothing changed"
            raise KeyboardInterrupt(said) from error
