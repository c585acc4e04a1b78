"""What is pinned and raised: the workflow of a central repo, and the image of the jobs."""

from pathlib import Path

import pytest

from helpers.ci.central import central_address
from helpers.ci.raised import newest_image, raise_pins
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.settings.config import parse_repo_config
from helpers.registry.access import Access
from tests.builders import commit_all, git, make_host, make_repo, make_runnable_dir
from tests.memory_registry import MemoryRepository

_ACCESS = Access(make_host(Path("/nowhere")), None)
_OLD = "acme/ci/.github/workflows/dir.yml@" + "b" * 40


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://git.example.org/acme/app.git", "https://git.example.org/acme/ci"),
        ("https://git.example.org/acme/app/", "https://git.example.org/acme/ci"),
        ("git@git.example.org:acme/app.git", "git@git.example.org:acme/ci"),
        ("ssh://git@git.example.org:22/team/app", "ssh://git@git.example.org:22/acme/ci"),
        ("", ""),
        ("app", ""),
    ],
)
def test_it_is_on_the_forge_of_the_repo(origin: str, address: str) -> None:
    assert central_address(origin, "acme/ci") == address


def _repo(tmp_path: Path, workflows: str) -> Repo:
    config = f"name: demo\nci:\n  # pinned\n  workflows: {workflows}\n"
    made = make_repo(tmp_path / "acme" / "app", config=config)
    git(made.root, "remote", "add", "origin", str(made.root))
    return Repo(made.root, made.toolchain, parse_repo_config(config, "repo_config.yaml"))


def test_its_commit_is_raised_to_the_newest(tmp_path: Path) -> None:
    central = make_repo(tmp_path / "acme" / "ci").root
    newest = commit_all(central)
    repo = _repo(tmp_path, _OLD)
    change = raise_pins(repo, repo.config.ci, _ACCESS)
    assert change is not None
    assert change.after == (change.before or "").replace("b" * 40, newest)
    config = parse_repo_config(change.after or "", "repo_config.yaml").ci
    assert raise_pins(repo, config, _ACCESS) is None


def test_a_repo_that_cannot_be_asked_is_an_error(tmp_path: Path) -> None:
    repo = _repo(tmp_path, _OLD)
    with pytest.raises(HelpersError, match="acme/ci cannot be asked") as error:
        raise_pins(repo, repo.config.ci, _ACCESS)
    assert error.value.fix.startswith("git ls-remote ")
    origin = "https://someone:secret@localhost:1/acme/app.git"
    git(repo.root, "remote", "set-url", "origin", origin)
    with pytest.raises(HelpersError, match="acme/ci cannot be asked") as error:
        raise_pins(repo, repo.config.ci, _ACCESS)
    assert "secret" not in str(error.value)
    git(repo.root, "remote", "remove", "origin")
    with pytest.raises(HelpersError, match="no remote on a forge"):
        raise_pins(repo, repo.config.ci, _ACCESS)


def test_without_a_central_workflow_there_is_nothing_to_raise(tmp_path: Path) -> None:
    repo = _repo(tmp_path, "local")
    with pytest.raises(HelpersError, match="neither is used"):
        raise_pins(repo, repo.config.ci, _ACCESS)


_IMAGE = "registry.example.org:5000/team/ci"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> MemoryRepository:
    """A registry that has the image."""
    monkeypatch.setattr(MemoryRepository, "every", {})
    monkeypatch.setattr("helpers.ci.raised.Repository", MemoryRepository)
    return MemoryRepository(_IMAGE)


@pytest.mark.parametrize("tag", ["", ":nightly"])
@pytest.mark.parametrize("digest", ["", "@sha256:" + "b" * 64])
def test_the_digest_of_the_jobs_image_is_raised_to_that_of_its_tag(
    tmp_path: Path, registry: MemoryRepository, tag: str, digest: str
) -> None:
    newest = registry.put_manifest(b"{}", "", tag.removeprefix(":") or "dev")
    # What is named alike is something else.
    text = f"name: demo\nbase_image: {_IMAGE}{tag}\nci: {{base_image: '{_IMAGE}{tag}{digest}'}}\n"
    made = make_repo(tmp_path / "app", config=text)
    repo = Repo(made.root, made.toolchain, parse_repo_config(text, "repo_config.yaml"))
    change = raise_pins(repo, repo.config.ci, _ACCESS)
    assert change is not None
    raised = parse_repo_config(change.after or "", "repo_config.yaml")
    assert raised.ci.base_image == f"{_IMAGE}{tag}@{newest}"
    assert raised.base_image == f"{_IMAGE}{tag}"
    (made.root / "repo_config.yaml").write_text(change.after or "")
    assert raise_pins(repo, raised.ci, _ACCESS) is None


def test_an_image_that_was_not_released_is_told_with_what_releases_it(
    tmp_path: Path, registry: MemoryRepository
) -> None:
    assert registry.tags() == []
    repo = make_repo(tmp_path / "app")
    with pytest.raises(HelpersError, match=r"has no registry\..*/team/ci:dev") as error:
        newest_image(repo, _IMAGE, _ACCESS)
    assert error.value.fix.startswith("correct the key")
    make_runnable_dir(repo, "tools", {"devops/ci_packages.txt": ""}, image_name="ci")
    commit_all(repo.root)
    with pytest.raises(HelpersError) as error:
        newest_image(repo, _IMAGE, _ACCESS)
    assert error.value.fix == "i docker_release_dev_image --dir tools"
    with pytest.raises(HelpersError) as error:
        newest_image(repo, f"{_IMAGE}:nightly", _ACCESS)
    assert error.value.fix.startswith("correct the key")
