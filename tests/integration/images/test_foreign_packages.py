"""OS packages of an image for another architecture: this machine's programs install them."""

import hashlib
import re
import secrets
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from helpers.engine.builds import BuildRequest, run_build
from helpers.engine.client import Client
from helpers.images.base.base_image import ensure_base_image
from helpers.images.building.request import build_secrets
from helpers.model.repo import Repo
from helpers.model.settings.config import DEFAULT_BASE_IMAGE
from helpers.system.host import read_host
from helpers.system.process import run
from tests.builders import TEST_REPO, make_repo

pytestmark = pytest.mark.slow

# With a library, an alternative, settings, an init script, and one that is for all architectures.
_PACKAGES = "less procps media-types"
# The same packages from the same archives, by the image's own dpkg.
_EMULATED = """\
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
ARG ARCHIVES
ARG TARGETARCH
RUN --mount=type=cache,id=helpers-apt-${TARGETARCH},target=/var/cache/apt,sharing=locked \\
    cd /var/cache/apt/archives && dpkg --install ${ARCHIVES} && dpkg --audit && rm /var/log/*.log \\
    && rm -f /var/cache/ldconfig/aux-cache
"""
_INSTALLED = ["dpkg-query", "--show", "--showformat=${Package}_${Version}_${Architecture}.deb\n"]
# What apt keeps for itself, what dpkg saved before a change, and the user of production images.
_OWN = re.compile(
    r"var/lib/(apt/extended_states|dpkg/(status|diversions|statoverride)-old)$|etc/(passwd|group)$"
)
_OF_ONE_ARCHITECTURE = re.compile(r"lib64|ld-linux|/engines-|^usr/bin/(CPU|i386)$")
_Files = Mapping[str, tuple[object, ...]]
_Build = Callable[[Path, str, Mapping[str, str]], _Files]


@pytest.fixture
def tag() -> Iterator[str]:
    made = f"helpers-test-foreign-x{secrets.token_hex(4)}"
    yield made
    run(["docker", "image", "rm", "--force", made], check=False)


@pytest.fixture
def repo(workspace: Path) -> Repo:
    return make_repo(workspace, config=f"name: {TEST_REPO}\n")


@pytest.fixture
def build(repo: Repo, client: Client, foreign_base: str, tag: str, tmp_path: Path) -> _Build:
    def build(dockerfile: Path, target: str, args: Mapping[str, str]) -> _Files:
        with build_secrets(repo, read_host()) as (files, _):
            request = BuildRequest(
                dockerfile=dockerfile,
                context=repo.shared_devops,
                contexts={"toolchain": repo.toolchain},
                args=args,
                tags=(tag,),
                platform=foreign_base,
                target=target,
                for_others=True,
                secrets=files,
                restart=client.endpoint.restart,
            )
            run_build(request, tmp_path / "build.log", lambda _: None)
        return _files_of(tag, foreign_base)

    return build


@pytest.mark.superslow
@pytest.mark.timeout(900)
def test_this_machines_programs_install_what_emulated_ones_do(
    repo: Repo, client: Client, foreign_base: str, build: _Build, tag: str, tmp_path: Path
) -> None:
    base, own = (
        ensure_base_image(repo, platform, lambda _: None, client, DEFAULT_BASE_IMAGE)
        for platform in (foreign_base, read_host().platform)
    )
    args = {"BASE_IMAGE": base, "BUILD_PLATFORM": read_host().platform, "BUILD_BASE_IMAGE": own}
    # By its spaces, the list differs from each that is in the cache.
    args["OS_PACKAGES"] = f"{_PACKAGES}{' ' * secrets.randbelow(10_000)}"
    here = build(repo.shared_devops / "Dockerfile", "prod_os_packages", args)
    assert {"usr/bin/less", "usr/bin/ps", "etc/mime.types"} <= here.keys()

    archives = sorted(_archives(tag, foreign_base) - _archives(base, foreign_base))
    assert len(archives) >= len(_PACKAGES.split())
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(_EMULATED)
    emulated = build(dockerfile, "", {"BASE_IMAGE": base, "ARCHIVES": " ".join(archives)})
    assert here == emulated


@pytest.mark.superslow
def test_a_base_image_made_by_this_machines_programs_has_the_files_of_this_machines(
    repo: Repo, client: Client, foreign_base: str
) -> None:
    platforms = (read_host().platform, foreign_base)
    own, foreign = (
        _files_of(ensure_base_image(repo, one, lambda _: None, client, DEFAULT_BASE_IMAGE), one)
        for one in platforms
    )
    own, foreign = _without_architecture(own), _without_architecture(foreign)
    lacking, added = own.keys() - foreign.keys(), foreign.keys() - own.keys()
    assert not [name for name in lacking | added if not _OF_ONE_ARCHITECTURE.search(name)]
    compiled = [name for name in own if name.endswith(".pyc") and "_sysconfigdata" not in name]
    assert {one: own[one] for one in compiled} == {one: foreign[one] for one in compiled}
    # None of this machine's programs stayed.
    programs = [one for one in own if one.startswith("usr/bin/") and own[one][0] == tarfile.REGTYPE]
    same = [one for one in programs if own[one] == foreign.get(one)]
    assert not {"usr/bin/dpkg", "usr/bin/perl", "usr/bin/sed"} & set(same)


def _without_architecture(files: _Files) -> _Files:
    return {
        re.sub("x86_64|aarch64|amd64|arm64", "CPU", name): state for name, state in files.items()
    }


def _archives(image: str, platform: str) -> set[str]:
    """The packages of an image, as apt names their archives."""
    listed = run(["docker", "run", "--rm", "--platform", platform, image, *_INSTALLED]).stdout
    return set(listed.replace(":", "%3a").splitlines())


def _files_of(image: str, platform: str) -> _Files:
    """What an image has: of each file the kind, its rights, and the content."""
    create = ["docker", "create", "--platform", platform, image, "true"]
    container = run(create).stdout.strip()
    export = ["docker", "export", container]
    try:
        with (
            subprocess.Popen(export, stdout=subprocess.PIPE) as process,
            tarfile.open(fileobj=process.stdout, mode="r|") as archive,
        ):
            return {one.name: _state(archive, one) for one in archive if not _OWN.match(one.name)}
    finally:
        run(["docker", "rm", "--force", container])


def _state(archive: tarfile.TarFile, one: tarfile.TarInfo) -> tuple[object, ...]:
    file = archive.extractfile(one) if one.isfile() else None
    content = hashlib.sha256(file.read()).hexdigest() if file else one.linkname
    return one.type, one.mode, one.uid, one.gid, content
