from pathlib import Path

import pytest

from helpers.model.runnable_dir import RunnableDir, runnable_dir_names


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["changelog.txt", "devops/a"], ["."]),
        (["apps/a/changelog.txt", "apps/a/devops/x/y"], ["apps/a"]),
        (["apps/a/changelog.txt"], []),
        (["apps/a/devops/x"], []),
        (["apps/a/changelog.txt", "apps/b/devops/x"], []),
        (["devops/changelog.txt", "devops/devops/x", "changelog.txt"], [".", "devops"]),
        (["a/changelog.txt", "a/devops/x", "a/b/changelog.txt", "a/b/devops/x"], ["a", "a/b"]),
        (["é ü/changelog.txt", "é ü/devops/x"], ["é ü"]),
    ],
)
def test_a_dir_with_devops_and_changelog_is_runnable(paths: list[str], expected: list[str]) -> None:
    assert runnable_dir_names(paths) == expected


@pytest.mark.parametrize(
    ("name", "slug"), [(".", "root"), ("apps/My App", "apps-my-app"), ("é", "dir")]
)
def test_the_slug_fits_names_of_containers(name: str, slug: str) -> None:
    assert RunnableDir(Path("/r"), name).slug == slug
