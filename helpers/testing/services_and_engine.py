"""What a dir's container is given while its tests run: services, an engine of its own, a socket."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from helpers.containers.plan import DataMount, Options, with_networks
from helpers.model.errors import HelpersError
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.testing.dir_job import DirJob, RunStoppedError
from helpers.testing.reuse.passes import plain_options
from helpers.testing.reuse.reasons import sees_more
from helpers.testing.suites import needs_services


@contextmanager
def services_for(job: DirJob) -> Iterator[tuple[str, ...]]:
    """The dir's services, which are the run's own; yields their networks."""
    if job.run.request.networks:
        # The stack has what its tests need.
        yield job.run.request.networks
        return
    if not needs_services(job.runnable_dir, job.config, job.run.request.suite):
        yield ()
        return
    # Imported here: most dirs have none.
    from helpers.containers.services import RunServices, services_of

    with services_of(
        job.run.repo,
        job.runnable_dir,
        job.run.host,
        job.run.client.endpoint,
        job.stoppable(),
        RunServices(job.run.folder.run, closed=job.run.request.offline, read=job.services),
    ) as networks:
        yield networks


@contextmanager
def engine_for(
    job: DirJob, networks: tuple[str, ...], data: tuple[DataMount, ...]
) -> Iterator[Options]:
    """What the container is made with; while it has an engine of its own, that engine."""
    # With an engine they see the repo: another container sees what the engine mounts, which is to
    # mean the same for both.
    view = not sees_more(job.run.request, job.config)
    options = replace(plain_options(job.config, job.run.request), view=view, data=data)
    options = with_networks(options, networks) if networks else options
    if not has_own_engine(job):
        yield options
        return
    # Imported here: most dirs have none.
    from helpers.containers.inner_engine import inner_engine

    options = _with_client(job, options)
    listen, lease = job.stoppable(), job.run.folder.run
    with inner_engine(job.run, job.runnable_dir, listen, lease, options.data) as (volumes, socket):
        yield replace(options, volumes=volumes, engine_socket=socket)


def has_own_engine(job: DirJob) -> bool:
    """Whether the dir's tests have an engine of their own."""
    return job.run.request.dind or job.config.dind


@contextmanager
def siblings_for(job: DirJob, options: Options) -> Iterator[Options]:
    """What the container is made with; while it may start others, what serves its socket."""
    policy = socket_policy(job)
    if policy is None:
        yield options
        return
    # Imported here: most dirs start no containers.
    from helpers.containers.siblings import SocketUse, siblings_of

    options = _with_client(job, options)
    run, use = job.run, SocketUse(job.run.folder.run, policy, options.network)
    with siblings_of(run.client, run.repo, job.runnable_dir, run.host, use) as served:
        yield replace(
            options,
            sibling=True,
            socket=served.socket,
            network=served.network,
            host_address=served.gateway,
        )


def bring_provisions(job: DirJob) -> None:
    """Begin to make what the dir's tests are given, beside the dir's image.

    Whoever takes it waits for it, and is told what went wrong.
    """
    if has_own_engine(job) or socket_policy(job) is not None:
        _begin(lambda: _with_client(job, Options()))
    suite = job.run.request.suite
    if not job.run.request.networks and needs_services(job.runnable_dir, job.config, suite):
        _begin(lambda: _build_services(job))


def _begin(make: Callable[[], object]) -> None:
    def bring() -> None:
        with suppress(HelpersError, RunStoppedError, OSError):
            make()

    threading.Thread(target=bring, daemon=True).start()


def _build_services(job: DirJob) -> None:
    # Imported here: most dirs have none.
    from helpers.containers.services import RunServices, project_of
    from helpers.engine.compose import build_services

    run, endpoint = job.run, job.run.client.endpoint
    own = RunServices(run.folder.run, read=job.services)
    project = project_of(run.repo, job.runnable_dir, run.host, endpoint, job.stoppable(), own)
    build_services(endpoint, project)


def _with_client(job: DirJob, options: Options) -> Options:
    """The same, with the program that talks to an engine."""
    if options.docker_client:
        return options
    # Imported here: most dirs have no engine.
    from helpers.images.building.engine_images import ensure_docker_client

    run = job.run
    client = ensure_docker_client(run.repo, run.host, job.stoppable(), run.request.platform)
    return replace(options, docker_client=client)


def socket_policy(job: DirJob) -> SocketPolicy | None:
    """What the dir's tests may do with the engine's socket; the larger of what two say."""
    asked = [p for p in (job.run.request.sibling, job.config.sibling) if p]
    return max(asked, key=list(SocketPolicy).index, default=None)
