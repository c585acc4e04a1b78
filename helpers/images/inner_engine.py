"""The image of the engine that `--dind` gives a container."""

import hashlib

from helpers.engine.builds import BuildRequest, run_build
from helpers.engine.client import Client
from helpers.engine.containers import find_image
from helpers.engine.endpoint import find_endpoint
from helpers.images.base import ensure_base_image
from helpers.model import labels
from helpers.model.config import DEFAULT_BASE_IMAGE
from helpers.model.events import BuildStarted, Listener
from helpers.model.repo import Repo
from helpers.system.host import Host
from helpers.system.lease import working_folder


def ensure_inner_engine_image(repo: Repo, host: Host, listen: Listener) -> str:
    """The image, built where it is missing; its reference.

    Raises:
        HelpersError: it cannot be built.
    """
    client = Client(find_endpoint(host.environment))
    # Bookworm's engine is too old. Whatever the repo's images are built on, this one is ours.
    wanted = DEFAULT_BASE_IMAGE if "bookworm" in repo.config.base_image else ""
    base = ensure_base_image(repo, host.platform, listen, client, wanted)
    dockerfile = repo.shared_devops / "inner_engine.Dockerfile"
    content = hashlib.sha256(f"{base}\n{dockerfile.read_text()}".encode()).hexdigest()
    reference = f"helpers-inner-engine:{content[:16]}"
    if find_image(client, reference):
        return reference
    listen(BuildStarted("", reference))
    request = BuildRequest(
        dockerfile=dockerfile,
        context=dockerfile.parent,
        args={"BASE_IMAGE": base},
        labels={labels.REPO: repo.config.name},
        tags=(reference,),
        platform=host.platform,
    )
    log = working_folder(repo.root) / "build-inner-engine.log"
    run_build(request, log, lambda step: listen(step.of_dir("")))
    return reference
