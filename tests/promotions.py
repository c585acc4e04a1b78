"""A repo with environments, and images in its registry that were released: of one small layer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.model.descriptor import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Descriptor,
    digest_of,
)
from helpers.model.repo import Repo
from helpers.registry.access import Access
from helpers.registry.repository import Repository
from helpers.release.owner import Owner
from helpers.release.promotion.accept import accept, plan_acceptance
from helpers.release.promotion.carry_out import promote
from helpers.release.promotion.places import Places, find_places
from helpers.release.promotion.plan import PromotionPlan, plan_back, plan_promotion
from helpers.release.promotion.records import read_record
from helpers.release.promotion.releases import Asked
from helpers.system.repo_files import load_repo
from tests.builders import commit_all, git, make_host, make_repo, make_runnable_dir, write_files
from tests.registries import Registry

DIR = "apps/forecast"
THREE = "environments: [integration, staging, production]\n"
ANN, BOB = Owner("k1", "ann@here"), Owner("k2", "bob@there")
NAMES = ("integration", "staging", "production")


@dataclass(frozen=True)
class Shop:
    """A repo with a dir whose production images are released, and its registry."""

    repo: Repo
    registry: Registry

    def repository(self, path: str = "team", registry: Registry | None = None) -> Repository:
        """The dir's image in a registry, asked without detours."""
        found = registry or self.registry
        host = make_host(self.repo.root, {"DOCKER_CONFIG": str(self.repo.root / "none")})
        return Repository(f"{found.address}/{path}/forecast", Access(host, None))

    def release(self, *tags: str, layers: Sequence[bytes] = ()) -> str:
        """Push an image as a release does, under these tags; return the digest of its index."""
        return push_release(
            self.repository(), git(self.repo.root, "rev-parse", "HEAD"), *tags, layers=layers
        )

    def runs(self, environment: str, repository: Repository | None = None) -> str:
        """The digest that an environment's tag names; empty: none."""
        found = (repository or self.repository()).resolve(environment)
        return found.digest if found else ""

    def places(self) -> Places:
        """The environments of the dir, as its settings say now."""
        repo = load_repo(self.repo.root)
        return find_places(repo, make_host(repo.root), repo.runnable_dir(DIR), lambda _: None)

    def promote(self, to: str, *, owner: Owner = ANN, **asked: str) -> PromotionPlan:
        """Promote, as `i promote` does."""
        places = self.places()
        return promote(
            places, lambda: plan_promotion(places, to, Asked(**asked), owner), lambda _: None
        )

    def back(self, to: str, owner: Owner = ANN) -> PromotionPlan:
        """Go back, as `i promote_back` does."""
        places = self.places()
        return promote(places, lambda: plan_back(places, to, owner), lambda _: None)

    def accept(self, environment: str) -> None:
        """Sign off what runs in an environment."""
        host = make_host(self.repo.root)
        accept(plan_acceptance(self.places(), host, environment, "", ("", ())), lambda *_: 0)

    def moves(self, environment: str) -> list[tuple[str, bool]]:
        """What the record of an environment says: each digest, and whether somebody went back."""
        record = read_record(self.places().find(environment))
        return [(one.digest, one.back) for one in record.moves]


def push_release(
    repository: Repository, commit: str, *tags: str, layers: Sequence[bytes] = ()
) -> str:
    """Push a small image as a release does, under these tags; return the digest of its index."""
    blobs = layers or (f"layer of {tags[0]}".encode(),)
    said = json.dumps({"made for": tags[0]}).encode()
    config = repository.upload_bytes(said)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": Descriptor(OCI_CONFIG, config, len(said)).as_json(),
        "layers": [
            Descriptor(OCI_LAYER_GZIP, repository.upload_bytes(one), len(one)).as_json()
            for one in blobs
        ],
    }
    content = json.dumps(manifest).encode()
    repository.put_manifest(content, OCI_MANIFEST)
    image = Descriptor(OCI_MANIFEST, digest_of(content), len(content), "linux/amd64")
    version = tags[0].rpartition("-")[2].removeprefix("v")
    index = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [image.as_json()],
        "annotations": {
            "org.opencontainers.image.version": version,
            "org.opencontainers.image.revision": commit,
        },
    }
    for tag in tags:
        repository.put_manifest(json.dumps(index).encode(), OCI_INDEX, tag)
    return digest_of(json.dumps(index).encode())


def make_shop(
    root: Path, registry: Registry, config: str = THREE, *, name: str = "shop", address: str = ""
) -> Shop:
    """A repo with a dir `apps/forecast`, committed.

    Args:
        address: by which the repo knows the registry, where it is another.
    """
    text = f"name: {name}\nregistry: {address or registry.address}/team\n{config}"
    repo = make_repo(root, {".gitignore": "tmp.*\n"}, config=text)
    make_runnable_dir(repo, DIR, {"devops/config.yaml": "entrypoint: [python, -m, forecast]\n"})
    write_files(root, {f"deploy/{one}.yaml": f"replicas: {at}\n" for at, one in enumerate(NAMES)})
    commit_all(root)
    return Shop(repo, registry)


def add_origin(root: Path) -> Path:
    """Push what a repo has to a bare one beside it, from which it comes then."""
    origin = root.parent / f"{root.name}.git"
    git(root.parent, "clone", "--quiet", "--bare", str(root), str(origin))
    git(root, "remote", "add", "origin", str(origin))
    git(root, "fetch", "--quiet", "origin")
    return origin
