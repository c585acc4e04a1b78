"""The job that builds images: plan, build, and only then write the changelog."""

import hashlib
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from helpers.engine.builds import (
    BuildError,
    BuildRequest,
    BuildResult,
    Step,
    is_docker_context,
    run_build,
)
from helpers.engine.client import Client
from helpers.engine.containers import Image, find_image, load_image, tag_image
from helpers.engine.endpoint import Endpoint, find_endpoint
from helpers.images.base import ensure_base_image
from helpers.images.base_elsewhere import base_elsewhere
from helpers.images.build_plan import BuildOptions, BuildPlan, BuildSources, plan_build
from helpers.images.certificates import bundle_content
from helpers.images.emulation import ensure_platform
from helpers.images.install_settings import install_settings
from helpers.images.prod_code import check_entrypoint, plan_code, stage_code
from helpers.images.state import recipe_of
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model import labels
from helpers.model.changelog import parse_changelog
from helpers.model.errors import HelpersError
from helpers.model.events import BuildEnded, BuildStarted, BuildStep, Listener, Warned
from helpers.model.image import RELEASING, Stage
from helpers.model.labels import ImageLabels
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.version import Version
from helpers.system.files import write_atomic
from helpers.system.host import Host
from helpers.system.lease import Lease, working_folder
from helpers.system.repo_files import read_changelog, read_dir_config
from helpers.vcs.git import head

_KEPT_LOGS = 30
_ATTEMPTS = 4
# What Poetry and uv say of a lock file that is out of date.
_STALE = ("since poetry.lock was last generated", "lockfile at `uv.lock` needs to be updated")


def build_images(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    options: BuildOptions,
    listen: Listener,
    inputs: RepoInputs | None = None,
) -> tuple[str, ...]:
    """Build the images of a dir, one for each platform; their references.

    With a bump, the changelog gets its entry after all are complete; when anything fails it
    stays as it was.

    Args:
        inputs: what the dirs can see, where it is known already.

    Raises:
        HelpersError: what an image is made from is malformed, or it cannot be built.
    """
    if not options.bump:
        plans = plan_images(repo, runnable_dir, host, options, inputs)
        return build_planned(repo, plans, host, listen)
    place = hashlib.sha256(str(runnable_dir.root).encode()).hexdigest()[:12]
    with Lease(repo.root, f"bump-{place}"):
        plans = plan_images(repo, runnable_dir, host, options, inputs)
        references = build_planned(repo, plans, host, listen)
        _write_changelog(plans[0])
        return references


def plan_images(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    options: BuildOptions,
    inputs: RepoInputs | None = None,
) -> list[BuildPlan]:
    """What `build_images` would do now.

    Raises:
        HelpersError: what an image is made from is malformed.
    """
    read_changelog(runnable_dir)  # says well what is missing
    config = read_dir_config(runnable_dir)
    for_others = options.stage is not Stage.LOCAL
    code = None
    if options.stage is Stage.PROD:
        check_entrypoint(runnable_dir, config)
        code = plan_code(inputs or read_repo_inputs(repo), runnable_dir, config)
    sources = BuildSources(
        changelog=_read_raw(runnable_dir.changelog),
        today=datetime.now(UTC).astimezone().date(),
        config=config,
        code=code,
        commit=head(repo.of(runnable_dir.name).checkout) if for_others else None,
    )
    platforms = options.platforms or (host.platform,)
    return [plan_build(repo, runnable_dir, host, sources, options, one) for one in platforms]


def build_planned(
    repo: Repo, plans: Sequence[BuildPlan], host: Host, listen: Listener
) -> tuple[str, ...]:
    """Build what was planned; the references of the images.

    Raises:
        HelpersError: one cannot be built.
    """
    engine = find_endpoint(host.environment)
    if plans[0].left_out:
        listen(
            Warned(
                "left out of the image, since they are local paths:"
                f" {', '.join(plans[0].left_out)}",
                plans[0].runnable_dir.name,
                mend="nothing, when the code finds them in the mounted repo",
            )
        )
    # Not at once: emulation and a native build would fight for the same processors.
    return tuple(_build(repo, plan, host, engine, listen) for plan in plans)


def build_missing(
    repo: Repo, runnable_dir: RunnableDir, host: Host, listen: Listener, platform: str = ""
) -> str:
    """Build the local image of the changelog's version; its reference.

    Raises:
        HelpersError: it cannot be built.
    """
    options = BuildOptions(platforms=(platform,) if platform else ())
    return build_images(repo, runnable_dir, host, options, listen)[0]


# --- Carrying it out ----------------------------------------------------------------------------


def _build(repo: Repo, plan: BuildPlan, host: Host, engine: Endpoint, listen: Listener) -> str:
    name = plan.runnable_dir.name
    repo = repo.of(name)
    client = Client(engine)
    ensure_platform(repo, plan.platform, host, listen)
    base = ensure_base_image(repo, plan.platform, listen, client)
    began = time.monotonic()
    listen(BuildStarted(name, plan.reference))
    if is_there(client, plan, base):
        listen(BuildEnded(name, plan.reference, time.monotonic() - began, changed=False))
        return plan.reference
    log = log_file(repo, plan.runnable_dir, plan.stage, plan.version)
    failed = True
    try:
        with build_secrets(repo, host) as (secrets, folder):
            request = build_request(repo, plan, host, client, base, secrets, folder)
            _run(request, log, plan, listen)
            if request.archive:
                load_image(request.archive)
        failed = False
    finally:
        seconds = time.monotonic() - began
        listen(BuildEnded(name, plan.reference, seconds, failed=failed, log=str(log)))
    return plan.reference


def is_there(client: Client, plan: BuildPlan, base: str) -> bool:
    """Whether the image is what a build would make: from the same files, on the same base."""
    image = None if plan.options.no_cache else find_image(client, plan.reference)
    base_image = find_image(client, base) if image else None
    if image is None or base_image is None:
        return False
    if image.labels.get(labels.RECIPE) != recipe_of(plan, base_image.id):
        return False
    for name in plan.also:
        if name not in image.tags:
            tag_image(client, image.id, name)
    return True


def _run(request: BuildRequest, log: Path, plan: BuildPlan, listen: Listener) -> BuildResult:
    name = plan.runnable_dir.name

    def on_step(step: Step) -> None:
        listen(BuildStep(name, step.text, step.cached))

    try:
        with tag_lease(plan.runnable_dir.repo, name):
            for attempt in range(_ATTEMPTS):
                try:
                    return run_build(request, log, on_step)
                except BuildError as error:
                    # Another checkout gave the engine the same name at the same moment.
                    taken = any("already exists" in line for line in error.lines)
                    if not taken or attempt == _ATTEMPTS - 1:
                        raise
                    time.sleep(attempt)
            raise AssertionError("the last attempt ends the loop")
    except BuildError as error:
        if any(sign in line for sign in _STALE for line in error.lines):
            raise HelpersError(
                "the lock file does not match pyproject.toml",
                where=str(plan.runnable_dir.root),
                mend=plan.mend_lock,
            ) from error
        raise


def tag_lease(repo: Path, name: str) -> Lease:
    """One at a time for a tag: an engine that is given it twice at once refuses one of the two."""
    return Lease(repo, f"tag-{hashlib.sha256(name.encode()).hexdigest()[:12]}")


def build_request(
    repo: Repo,
    plan: BuildPlan,
    host: Host,
    client: Client,
    base: str,
    secrets: Mapping[str, Path],
    folder: Path,
) -> BuildRequest:
    """A plan as the engine takes it.

    Args:
        base: the base image.
        secrets: files by their ids.
        folder: an empty one, for what is sent besides; needed as long as the build takes.

    Raises:
        HelpersError: code that a production image holds changed since the plan was made.
    """
    builder = repo.config.builders.get(plan.platform, "")
    contexts: dict[str, Path | str] = {"toolchain": repo.toolchain}
    contexts |= base_elsewhere(base, builder, folder)
    if plan.code:
        contexts["code"] = folder / "code"
        stage_code(repo.root, plan.code, folder / "code")
    request = BuildRequest(
        dockerfile=_dockerfile(plan, folder),
        context=plan.runnable_dir.root,
        contexts=contexts,
        args={"BASE_IMAGE": base, **plan.args},
        secrets=secrets,
        labels=_labels(repo, plan, host, client, base),
        tags=(plan.reference, *plan.also),
        platform=plan.platform,
        no_cache=plan.options.no_cache,
        target=plan.target,
        cache_from=(plan.cache,) if plan.cache else (),
        cache_to=plan.cache if plan.options.write_cache else "",
    )
    return built_by(request, builder, client, folder)


def built_by(request: BuildRequest, builder: str, client: Client, folder: Path) -> BuildRequest:
    """The request for a builder that the settings name; without one, for the engine itself.

    What another machine built is brought here, as an archive in `folder`.
    """
    if not builder:
        return replace(request, builder=own_builder(client.endpoint))
    context = builder if is_docker_context(builder) else ""
    return replace(request, builder=builder, docker_context=context, archive=folder / "image.tar")


def _dockerfile(plan: BuildPlan, folder: Path) -> Path:
    """The Dockerfile, with what is added to it for this dir."""
    if not plan.ending:
        return plan.dockerfile
    made = folder / "Dockerfile"
    made.write_text(plan.dockerfile.read_text(encoding="utf-8") + plan.ending, encoding="utf-8")
    return made


def _labels(repo: Repo, plan: BuildPlan, host: Host, client: Client, base: str) -> dict[str, str]:
    """The image's labels; those of the image that is there, when nothing that matters changed.

    So a build that changes nothing ends in the very same image, and commits of source code alone
    make no new ones.
    """
    base_image = find_image(client, base)
    recipe = recipe_of(plan, base_image.id if base_image else "")
    present = _present(client, repo, plan, recipe)
    if present and not plan.options.no_cache:
        inherited = base_image.labels if base_image else {}
        return {k: v for k, v in present.labels.items() if inherited.get(k) != v}
    commit = plan.commit or head(repo.checkout)
    found = ImageLabels(
        repo=repo.config.name,
        dir=repo.own_name(plan.runnable_dir.name),
        image_name=plan.image_name,
        version=plan.version,
        stage=plan.stage,
        user=host.user.name,
        commit=commit.id,
        dirty=commit.dirty,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        base=base,
        base_digest=base_image.id if base_image else "",
    )
    forced = {labels.FORCED: plan.options.forced} if plan.options.forced else {}
    return found.as_dict() | {labels.RECIPE: recipe} | forced


def _present(client: Client, repo: Repo, plan: BuildPlan, recipe: str) -> Image | None:
    """The image that such a build made earlier; a release's may have its last name already."""
    name = repo.image_name(plan.image_name)
    names = [plan.reference]
    if plan.options.releasing:
        _, _, tag = plan.reference.rpartition(f":{RELEASING}")
        names.append(f"{name}:{tag}")
    for reference in names:
        image = find_image(client, reference)
        if image and image.labels.get(labels.RECIPE) == recipe:
            return image
    return None


@contextmanager
def build_secrets(repo: Repo, host: Host) -> Iterator[tuple[dict[str, Path], Path]]:
    """Files that only this user can read, and their folder, for as long as the build takes."""
    certificates = bundle_content(repo, host)
    contents = {
        "ca_bundle": certificates,
        "install_settings": install_settings(host, with_certificates=bool(certificates)).encode(),
    }
    with tempfile.TemporaryDirectory(prefix="helpers-build-") as made:
        files = {}
        for name, content in contents.items():
            if content:
                files[name] = Path(made, name)
                files[name].write_bytes(content)
        yield files, Path(made)


def own_builder(engine: Endpoint) -> str:
    """The builder that is the engine itself: it is named like the context."""
    kind, _, name = engine.origin.partition(" ")
    return name if kind == "context" else "default"


def log_file(repo: Repo, runnable_dir: RunnableDir, stage: str, version: Version) -> Path:
    """Where the output of a build goes; that of the oldest ones is removed."""
    folder = working_folder(repo.root) / "builds"
    folder.mkdir(exist_ok=True)
    logs = sorted(folder.glob("*.log"), key=lambda path: path.name.rpartition("-")[2])
    for old in logs[:-_KEPT_LOGS]:
        old.unlink(missing_ok=True)
    stamp = f"{time.time_ns()}"
    return folder / f"{runnable_dir.slug}-{stage}-{version}-{stamp}.log"


def _write_changelog(plan: BuildPlan) -> None:
    path = plan.runnable_dir.changelog
    if _read_raw(path) != plan.old_changelog:
        version = parse_changelog(plan.new_changelog, str(path)).version
        raise HelpersError(
            f"the changelog was changed while {version} was being built; it is left as it is",
            where=str(path),
            mend="build again",
        )
    write_atomic(path, plan.new_changelog)


def _read_raw(path: Path) -> str:
    """With the line ends as they are, which a bump keeps."""
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()
