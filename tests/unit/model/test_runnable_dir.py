import re
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
    ("name", "slug"),
    [
        (".", "root"),
        ("root", "root-[0-9a-f]{6}"),
        ("apps/my_app", "apps-my_app"),
        ("apps/my-app", "apps-my--app"),
        ("apps/My App", "apps-my-app-[0-9a-f]{6}"),
        ("apps/sün", "apps-sun-[0-9a-f]{6}"),
        ("日本", "[0-9a-f]{6}"),
        ("\udcff", "[0-9a-f]{6}"),
        ("a" * 200, "a{60}-[0-9a-f]{6}"),
    ],
)
def test_the_slug_fits_names_of_containers(name: str, slug: str) -> None:
    assert re.fullmatch(slug, RunnableDir(Path("/r"), name).slug)


def test_no_two_dirs_have_one_slug() -> None:
    alike = [
        "a/sün",
        "a/sun",
        "a/su\u0308n",
        "a/s-n",
        "a/s_n",
        "a/s/n",
        "a-s-n",
        "a/s--n",
        "a/-s/n",
    ]
    alike += [".", "root", "Root", "ROOT/", "a/s n", "a/S_n", "a-/s/n", "a/日本", "a/日", "a"]
    slugs = [RunnableDir(Path("/r"), name).slug for name in alike]
    assert len(set(slugs)) == len(alike)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]*", slug) for slug in slugs)
