"""The services of a dir for hosts: what their file says is read here, and so are images made."""

from collections.abc import Mapping
from typing import Any

from helpers.containers.services import RunServices, project_of
from helpers.engine.client import Client
from helpers.engine.compose import Project, build_services, describe_services
from helpers.engine.containers import find_image
from helpers.engine.pulls import pull_image
from helpers.engine.service_files import for_another_engine, why_here
from helpers.images.base.base_image import RETRIES
from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.testing.dir_job import DirJob


@dataclass(frozen=True, slots=True)
class DirServices:
    """The services of a dir.

    Attributes:
        config: what `docker compose config` says, with our labels and names.
    """

    project: Project
    config: Any

    @property
    def why_here(self) -> str:
        """Why they can run on this machine alone; empty: on any host."""
        return why_here(self.config)

    @property
    def sent(self) -> Any:
        """What a host is told; it may have values of secret variables."""
        return for_another_engine(self.config, self.project.name)

    def images(self, client: Client, listen: Listener) -> dict[str, str]:
        """The ids of their images, by name: all hosts run those that would run here.

        Raises:
            ProcessError: one cannot be built or pulled.
        """
        services = self.config["services"].values()
        missing = [one for one in services if find_image(client, one["image"]) is None]
        if any("build" in one for one in missing):
            build_services(client.endpoint, self.project)
        for name in {one["image"] for one in missing if "build" not in one}:
            pull_image(name, listen, RETRIES)
        found = {one["image"]: find_image(client, one["image"]) for one in services}
        return {name: image.id for name, image in found.items() if image}


def read_services(job: DirJob) -> DirServices:
    """Read what a dir's services file says.

    Raises:
        HelpersError: it is malformed.
    """
    run, endpoint = job.run, job.run.client.endpoint
    own = RunServices(run.folder.run, closed=run.request.offline)
    project = project_of(run.repo, job.runnable_dir, run.host, endpoint, job.stoppable(), own)
    return DirServices(project, describe_services(endpoint, project).config)


def with_images(config: Any, images: Mapping[str, str]) -> Any:
    """What services are told to run, with images by what they are called on a host's engine.

    Args:
        config: it is changed.
        images: by what the file calls them.
    """
    for service in config["services"].values():
        if name := images.get(service["image"]):
            service |= {"image": name, "pull_policy": "never"}
    return config
