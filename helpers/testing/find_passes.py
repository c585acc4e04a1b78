"""Which dirs need not run, since the same tests passed before: asked before anything starts."""

from concurrent.futures import ThreadPoolExecutor

from helpers.engine.containers import find_image
from helpers.images.resolve import Chosen, Which, chosen_image, own_image, references_of
from helpers.model.errors import HelpersError
from helpers.model.results.results import DirResult
from helpers.testing.dir_files import DirFiles
from helpers.testing.dir_job import TestRun
from helpers.testing.reuse.passes import Passes
from helpers.testing.reuse.reasons import Evidence, Parts, pass_or_reason

_AT_ONCE = 8


def find_passes(run: TestRun) -> dict[str, DirResult | str]:
    """The recorded pass of each dir by its name, or why none may stand for its tests now.

    Raises:
        HelpersError: the shared store cannot be reached.
    """
    # Side by side: the engine is asked for each image by its name, since a list of all that it
    # has takes longer the more others use it; and of services Docker Compose is asked.
    with ThreadPoolExecutor(_AT_ONCE) as executor:
        found = executor.map(lambda item: _find(run, run.files[item.name]), run.request.dirs)
        return {item.name: one for item, one in zip(run.request.dirs, found, strict=True)}


def _find(run: TestRun, files: DirFiles) -> DirResult | str:
    name = files.runnable_dir.name
    try:
        config = files.config
    except HelpersError:
        return ""  # whoever runs the dir says it
    return pass_or_reason(run.request, config, name, lambda: _look(run, files))


def _look(run: TestRun, files: DirFiles) -> Evidence:
    """Find out what decides the result of a dir's tests, and which passes there are of it.

    Raises:
        HelpersError: the shared store cannot be reached.
    """
    passes, name = run.passes, files.runnable_dir.name
    assert passes is not None, "a run that may reuse passes has them"
    try:
        now = _parts(run, passes, files)
    except HelpersError:
        return Evidence("")
    if isinstance(now, str):
        return Evidence(now)
    recorded = passes.find(now, name)
    return Evidence(None, now, {} if recorded else passes.last(name), recorded)


def _parts(run: TestRun, passes: Passes, files: DirFiles) -> Parts | str:
    """What decides the result of a dir's tests, or why that is not known by now."""
    item = files.runnable_dir
    chosen = _image(run, files)
    if chosen is None:
        return "its image is not on the engine"
    if chosen.version != str(run.request.version or files.changelog.version):
        return "its image is of another version"
    services = passes.services(item, files.config, run.client.endpoint, run.listen)
    if services is None:
        return "an image of its services is not on the engine"
    return passes.parts(item, files.config, chosen, services)


def _image(run: TestRun, files: DirFiles) -> Chosen | None:
    """The image that the tests would run in, where it is just what the changelog says."""
    request, changelog = run.request, files.changelog
    named = request.images.get(files.runnable_dir.name)
    if named:
        image = find_image(run.client, named)
        found = (image, named) if image else None
    else:
        which = Which(request.stage, request.version, request.platform)
        references = references_of(run.repo, changelog, run.host, which)
        found = own_image(run.client, run.repo, changelog, references)
    return chosen_image(*found, request.stage) if found else None
