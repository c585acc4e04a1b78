"""Which dirs need not run, since the same tests passed before: asked before anything starts."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from helpers.engine.containers import find_image
from helpers.images.resolve import Chosen, Which, chosen_image, own_image, references_of
from helpers.model.errors import HelpersError
from helpers.model.results.results import DirResult
from helpers.testing.dir_files import DirFiles
from helpers.testing.dir_job import TestRun
from helpers.testing.passes import Passes
from helpers.testing.reuse import Evidence, why_not_reused

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
        why = why_not_reused(run.request, files.config, name)
        if why or run.passes is None:
            return why
        evidence = _look(run, run.passes, files)
    except HelpersError:
        return ""  # whoever runs the dir says it
    found = None if evidence.unknown else run.passes.find(evidence.now, name)
    if not found and not evidence.unknown:
        evidence = replace(evidence, last=run.passes.last(name))
    why = why_not_reused(
        run.request, files.config, name, replace(evidence, recorded=found is not None)
    )
    return found if found and not why else why


def _look(run: TestRun, passes: Passes, files: DirFiles) -> Evidence:
    """Find out what decides the result of a dir's tests, as far as that is known by now."""
    item = files.runnable_dir
    chosen = _image(run, files)
    if chosen is None:
        return Evidence("its image is not on the engine")
    if chosen.version != str(run.request.version or files.changelog.version):
        return Evidence("its image is of another version")
    services = passes.services(item, run.client.endpoint, run.listen)
    if services is None:
        return Evidence("an image of its services is not on the engine")
    return Evidence(now=passes.parts(item, files.config, chosen, services))


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
