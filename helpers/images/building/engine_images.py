"""Make what dirs that start containers get, and the image of what runs dirs on other hosts."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

from helpers.engine.builds import BuildRequest, run_build
from helpers.engine.client import Client
from helpers.engine.containers import find_image
from helpers.engine.endpoint import find_endpoint
from helpers.images.base.base_image import ensure_base_image
from helpers.images.building.plan import snapshot_args
from helpers.images.building.request import build_secrets
from helpers.model import labels
from helpers.model.events import Listener, Notice
from helpers.model.images.platform import architecture
from helpers.model.repo import Repo
from helpers.model.settings.config import DEFAULT_BASE_IMAGE
from helpers.system.host import Host
from helpers.system.lease import Lease, working_folder

_DOCKERFILE = "engine.Dockerfile"
_CLIENTS = "docker_client"


def ensure_inner_engine_image(repo: Repo, host: Host, listen: Listener) -> str:
    """Build the engine's image if it is missing; return its reference.

    Raises:
        HelpersError: it cannot be built.
    """
    reference = f"helpers-inner-engine:{_made_from(repo)}"
    client = Client(find_endpoint(host.environment))
    if find_image(client, reference) is None:
        request = _request(repo, host.platform, "engine", tags=(reference,))
        _build(repo, host, request, "the inner engine", listen)
    return reference


def ensure_worker_image(repo: Repo, host: Host, platform: str, listen: Listener) -> str:
    """Build the image of the workers of `--hosts` if it is missing; return its reference.

    Raises:
        HelpersError: it cannot be built.
    """
    made_from = hashlib.sha256(_made_from(repo).encode())
    for path in _worker_files(repo):
        made_from.update(path.read_bytes())
    kind = architecture(platform)
    reference = f"helpers-worker:{kind}-{made_from.hexdigest()[:16]}"
    client = Client(find_endpoint(host.environment))
    with Lease(repo.root, f"worker-image-{kind}"):
        if find_image(client, reference) is None:
            request = _request(repo, platform, "worker", tags=(reference,))
            _build(repo, host, request, f"the worker for {platform}", listen)
    return reference


def _worker_files(repo: Repo) -> list[Path]:
    """What a worker's image is made from besides what all images here are."""
    scripts = repo.toolchain / "dev_scripts"
    names = ("thin_env.py", "thin_requirements.txt", "hosts_requirements.txt")
    return [
        *(scripts / name for name in names),
        *sorted((repo.shared_devops / "in_worker").glob("*.py")),
    ]


def ensure_docker_client(repo: Repo, host: Host, listen: Listener, platform: str = "") -> Path:
    """The folder with `docker` and its plugins, for containers that are given an engine.

    It is below the repo, where they see it at the same path, so that no image need hold the
    155 MB; built where it is missing.

    Args:
        platform: of the containers; empty: the machine's own.

    Raises:
        HelpersError: it cannot be built.
    """
    platform = platform or host.platform
    clients = working_folder(repo.root) / _CLIENTS
    kind = architecture(platform)
    found = clients / f"{kind}-{_made_from(repo)}"
    # Here is a container that has one, which the engine that it was given sees as well.
    outer = Path(host.environment.get("HELPERS_DOCKER_CLIENT", ""))
    if host.in_container and outer.name == found.name and outer.is_dir():
        return outer
    # Dirs that need it at the same time wait for the first.
    with Lease(repo.root, _CLIENTS):
        if found.is_dir():
            return found
        partial = clients / f"partial-{kind}"
        shutil.rmtree(partial, ignore_errors=True)
        request = _request(repo, platform, "client", files=partial)
        _build(repo, host, request, f"the Docker client for {platform}", listen)
        for former in clients.glob(f"{kind}-*"):
            shutil.rmtree(former, ignore_errors=True)
        partial.rename(found)
    return found


def _base_image(repo: Repo) -> str:
    """The base of both images; Bookworm's engine is too old for a repo that is based on it."""
    return DEFAULT_BASE_IMAGE if "bookworm" in repo.config.base_image else repo.config.base_image


def _made_from(repo: Repo) -> str:
    """A hash of the files and settings that both are made from; no engine is needed for it."""
    content = hashlib.sha256(f"{_base_image(repo)} {sorted(snapshot_args(repo).items())}".encode())
    for name in (_DOCKERFILE, "in_build/install_packages.sh", "in_build/with_settings.sh"):
        content.update((repo.shared_devops / name).read_bytes())
    return content.hexdigest()[:16]


def _request(
    repo: Repo, platform: str, target: str, tags: tuple[str, ...] = (), files: Path | None = None
) -> BuildRequest:
    return BuildRequest(
        dockerfile=repo.shared_devops / _DOCKERFILE,
        context=repo.shared_devops,
        contexts={"toolchain": repo.toolchain},
        args=snapshot_args(repo),
        labels={labels.REPO: repo.config.name},
        tags=tags,
        platform=platform,
        target=target,
        files=files,
    )


def _build(repo: Repo, host: Host, request: BuildRequest, what: str, listen: Listener) -> None:
    client = Client(find_endpoint(host.environment))
    base = ensure_base_image(repo, request.platform, listen, client, _base_image(repo))
    log = working_folder(repo.root) / f"build-{request.target}.log"
    listen(Notice(f"building {what}, for all dirs: about ten seconds"))
    with build_secrets(repo, host) as (secrets, _):
        args = {"BASE_IMAGE": base, **request.args}
        restart = client.endpoint.restart
        complete = replace(request, args=args, secrets=secrets, restart=restart)
        run_build(complete, log, lambda _: None)
