"""The names that an image of a dir may have on the engine."""

from pathlib import Path
from typing import Any

import pytest

from helpers.images import resolve
from helpers.images.resolve import NoImageError, Which, choose_image, references_of
from helpers.model.images.name import Stage
from helpers.model.version import Version
from helpers.system.repo_files import read_changelog
from tests.builders import make_host, make_repo, make_runnable_dir

_VERSION = Version(1, 2, 0)


@pytest.mark.parametrize(
    ("which", "tags"),
    [
        (Which(Stage.PROD, _VERSION, or_code=True), ["prod-1.2.0", "v1.2.0"]),
        # The version of a changelog is never that of code.
        (Which(Stage.PROD, _VERSION), ["prod-1.2.0"]),
        (Which(Stage.PROD, or_code=True), ["prod"]),
        (Which(Stage.DEV, _VERSION, or_code=True), ["dev-1.2.0"]),
    ],
)
def test_a_version_that_a_user_writes_may_be_one_of_released_code(
    tmp_path: Path, which: Which, tags: list[str]
) -> None:
    repo = make_repo(tmp_path, config="name: demo\nregistry: r.example/team\n", commit=False)
    changelog = read_changelog(make_runnable_dir(repo, "app", image_name="app"))
    found = references_of(repo, changelog, make_host(tmp_path), which)
    assert list(found) == [f"r.example/team/app:{tag}" for tag in tags]


@pytest.mark.parametrize(
    ("which", "version"),
    [
        (Which(Stage.PROD, _VERSION, or_code=True), "1.2.0"),
        (Which(Stage.PROD, _VERSION), "prod-1.2.0"),
        (Which(Stage.DEV, _VERSION), "1.2.0"),
    ],
)
def test_the_command_that_pulls_an_image_means_the_same_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: Which, version: str
) -> None:
    monkeypatch.setattr(resolve, "find_image", lambda *_: None)
    repo = make_repo(tmp_path, config="name: demo\nregistry: r.example/team\n", commit=False)
    changelog = read_changelog(make_runnable_dir(repo, "app", image_name="app"))
    nothing: Any = None
    with pytest.raises(NoImageError) as caught:
        choose_image(nothing, repo, changelog, make_host(tmp_path), which)
    pull = f"i docker_pull --dir app --stage {which.stage} --version {version}"
    assert caught.value.fix == pull
