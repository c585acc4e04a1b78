"""A dir of a repo that is a submodule is released to where that repo releases."""

from pathlib import Path

import pytest

from helpers.model import labels
from tests.builders import add_submodule, git
from tests.integration.release.conftest import MakePlace
from tests.registries import Registry

pytestmark = pytest.mark.slow


@pytest.mark.superslow
def test_a_dir_of_a_nested_repo_is_released_by_its_own_settings(
    make_place: MakePlace, registry: Registry
) -> None:
    inner = make_place(registry, name="pricing")
    inner.add_app("quotes")
    outer = make_place(registry, address="127.0.0.1:1", name="shop")
    remote = Path(git(inner.work.repo.root, "remote", "get-url", "origin"))
    git(remote, "symbolic-ref", "HEAD", "refs/heads/main")
    add_submodule(outer.work.repo.root, "libs/pricing", remote)
    # What the outer repo has not committed is no matter of the inner one.
    (outer.work.repo.root / "unfinished").write_text("")
    released = outer.released("docker_release_dev_image", "--dir", "libs/pricing/quotes")
    assert f"{registry.address}/team/quotes:dev-1.0.0 released" in released.stdout
    told = inner.labels_of("dev-1.0.0", "quotes")
    assert told[labels.REPO] == "pricing"
    assert told[labels.DIR] == "quotes"
    assert told[labels.COMMIT] == git(inner.work.repo.root, "rev-parse", "HEAD")
    assert told[labels.DIRTY] == "false"
    listed = outer.released("docker_images", "--dir", "libs/pricing/quotes")
    assert "dev-1.0.0" in listed.stdout
    history = outer.released("docker_history", "--dir", "libs/pricing/quotes")
    assert "1.0.0" in history.stdout


def test_changes_in_the_nested_repo_are_what_a_release_refuses(
    make_place: MakePlace, registry: Registry
) -> None:
    inner = make_place(registry, name="pricing")
    inner.add_app("quotes")
    outer = make_place(registry, name="shop")
    remote = Path(git(inner.work.repo.root, "remote", "get-url", "origin"))
    git(remote, "symbolic-ref", "HEAD", "refs/heads/main")
    add_submodule(outer.work.repo.root, "libs/pricing", remote)
    nested = outer.work.repo.root / "libs/pricing"
    (nested / "quotes/svc/__init__.py").write_text("ANSWER = 43\n")
    refused = outer.invoke("docker_release_dev_image", "--dir", "libs/pricing/quotes")
    assert refused.status == 2
    assert "the tree is not clean" in refused.stderr
    assert str(nested) in refused.stderr
    assert inner.tags("quotes") == set()
